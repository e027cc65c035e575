#!/usr/bin/env bash
# Makes a git repository with a spec, changes a GPU and a dataset's size on a branch, and shows what that costs: as a
# terminal shows it, and as the comment on the pull request. Needs git, and mlinfra on PATH or in MLINFRA.
#
#   ./demo.sh [--markdown]      with --markdown: the comment alone
set -euo pipefail

mlinfra=${MLINFRA:-mlinfra}
here=$(cd "$(dirname "$0")" && pwd)
repository=$(mktemp -d)
trap 'rm -rf "$repository"' EXIT

# Neither who runs this nor their settings of git matter; the commits are the same every time.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.test GIT_AUTHOR_DATE='2026-11-20T12:00:00Z'
export GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.test GIT_COMMITTER_DATE='2026-11-20T12:00:00Z'

cd "$repository"
git init --quiet --initial-branch=main
mkdir search
cp "$here/main.mlinfra.hcl" search/
git add search
git commit --quiet --message='Video search'

git switch --quiet --create=larger
sed -e 's/"180TiB"/"360TiB"/' -e 's/amount = "8TiB"/amount = "16TiB"/' -e 's/"A10G"/"A100"/' \
    -e 's/A10G = "30h"/A100 = "6h"/' search/main.mlinfra.hcl >changed
mv changed search/main.mlinfra.hcl
git commit --quiet --all --message='Twice the videos, on A100'

# A budget denies the change, which the exit code 14 says.
compare() {
    local code=0
    "$mlinfra" diff --base main --head larger "$@" search || code=$?
    [ "$code" = 0 ] || [ "$code" = 14 ] || exit "$code"
}
if [ "${1:-}" != --markdown ]; then
    compare
    printf '\nThe comment on the pull request:\n\n'
fi
compare --markdown
