"""moto's S3, which ends when its standard input does. `python3 s3.py PORT`; MOTO is on the path."""

import os
import sys
import threading

from moto.server import main


def watch():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=watch, daemon=True).start()
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
