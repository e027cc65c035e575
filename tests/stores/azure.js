// Azurite's blob service with a container `bucket`, which prints `ready` and ends when its standard
// input does: `node azure.js PORT`, with the folder that azurite is installed in as AZURITE.
const crypto = require("crypto");
const http = require("http");

const port = process.argv[2];
// Azurite's account and key are the same for everybody, as documented by Azure.
const account = "devstoreaccount1";
const key =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
process.argv.splice(2, 1, "--blobPort", port, "--blobHost", "127.0.0.1", "--silent",
  "--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry");
require(process.env.AZURITE + "/node_modules/azurite/dist/src/blob/main.js");

function make() {
  const date = new Date().toUTCString();
  const headers = { "x-ms-date": date, "x-ms-version": "2021-08-06", "Content-Length": "0" };
  const text = "PUT\n".padEnd(15, "\n") + `x-ms-date:${date}\nx-ms-version:2021-08-06\n` +
    `/${account}/${account}/bucket\nrestype:container`;
  const hmac = crypto.createHmac("sha256", Buffer.from(key, "base64"));
  headers.Authorization = `SharedKey ${account}:` + hmac.update(text, "utf8").digest("base64");
  const path = `/${account}/bucket?restype=container`;
  const request = http.request({ host: "127.0.0.1", port, path, method: "PUT", headers }, (answer) => {
    console.log(answer.statusCode === 201 ? "ready" : `refused: ${answer.statusCode}`);
  });
  request.on("error", () => setTimeout(make, 100));
  request.end();
}
make();
