#!/usr/bin/env bash
# What the steps of action.yml run. Everything from outside is in the environment, and mlinfra takes this shell's place,
# so that signals reach it.
#
#   get      finds or builds mlinfra; writes `mlinfra=PATH` to GITHUB_OUTPUT
#   diff     compares MLINFRA_PATHS with MLINFRA_BASE into MLINFRA_REVIEW
#   comment  says so on the pull request
#   apply    applies MLINFRA_PATHS if its plan is the one that the pull request's comment shows
#   drift    opens or changes an issue when something else than mlinfra changed what there is
set -euo pipefail

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# The paths, which are one to a line, as the array `paths`.
read_paths() {
    paths=()
    local line
    while IFS= read -r line; do
        if [ -n "$line" ]; then
            paths+=("$line")
        fi
    done <<<"${MLINFRA_PATHS:-.}"
    if [ "${#paths[@]}" -eq 0 ]; then
        paths=(.)
    fi
}

# The one path that apply and drift take, as `path`; never an option.
read_path() {
    read_paths
    if [ "${#paths[@]}" -ne 1 ]; then
        fail "$1 takes one path, and there are ${#paths[@]}"
    fi
    path=${paths[0]}
}

# A request to GitHub: method, path, and more arguments of curl. The token isn't among the arguments, which other
# processes can see.
github() {
    local method=$1 at=$2
    shift 2
    printf 'header = "Authorization: Bearer %s"\n' "${GITHUB_TOKEN:?}" |
        curl --silent --show-error --fail-with-body --max-time 60 --retry 3 --config - \
            --request "$method" --header 'Accept: application/vnd.github+json' \
            --header 'X-GitHub-Api-Version: 2022-11-28' "$@" --url "${GITHUB_API_URL:?}$at"
}

# All pages of a list, one object to a line.
github_list() {
    local at=$1 page=1 answer
    while :; do
        answer=$(github GET "$at?per_page=100&page=$page${2:-}")
        jq -c '.[]' <<<"$answer"
        if [ "$(jq length <<<"$answer")" -lt 100 ]; then
            return
        fi
        page=$((page + 1))
    done
}

get() {
    local program=${MLINFRA_BINARY:-}
    if [ -z "$program" ]; then
        cargo build --locked --release --manifest-path "$GITHUB_ACTION_PATH/Cargo.toml"
        program=${CARGO_TARGET_DIR:-$GITHUB_ACTION_PATH/target}/release/mlinfra
    fi
    case $program in
    *$'\n'*) fail 'binary has more than one line' ;;
    esac
    if ! command -v -- "$program" >/dev/null; then
        fail "binary isn't a program: $program"
    fi
    printf 'mlinfra=%s\n' "$program" >>"$GITHUB_OUTPUT"
}

diff() {
    read_paths
    local arguments=(diff "--out=$MLINFRA_REVIEW")
    if [ -n "${MLINFRA_BASE:-}" ]; then
        arguments+=("--base=$MLINFRA_BASE")
    fi
    if [ -n "${MLINFRA_VALID_AT:-}" ]; then
        arguments+=("--valid-at=$MLINFRA_VALID_AT")
    fi
    exec "$MLINFRA" "${arguments[@]}" -- "${paths[@]}"
}

comment() {
    if ! [ -e "$MLINFRA_REVIEW" ]; then
        echo 'There is no review to comment with.'
        return
    fi
    exec "$MLINFRA" comment github "--path=$MLINFRA_REVIEW" "--behavior=$MLINFRA_BEHAVIOR" "--when=$MLINFRA_WHEN"
}

# The digest of the plan that people saw on the pull request that became this commit.
reviewed_plan() {
    local pull
    pull=$(github_list "/repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" |
        jq -s --arg sha "$GITHUB_SHA" 'map(select(.merged_at != null and .merge_commit_sha == $sha)) | .[0].number')
    if [ "$pull" = null ]; then
        fail "$GITHUB_SHA is no pull request that was merged: nobody reviewed it here"
    fi
    github_list "/repos/$GITHUB_REPOSITORY/issues/$pull/comments" |
        jq -rs --arg author "$MLINFRA_AUTHOR" --arg spec "$1" '
            map(select(.user.login == $author) | .body | split("\n")[0]
                | capture("^<!-- mlinfra (?<json>.*) -->\r?$") | .json | fromjson
                | select(.spec == $spec and .plan != null))
            | sort_by(.valid_at) | .[-1].plan // ""'
}

apply() {
    read_path apply
    local plan
    plan=$(reviewed_plan "${path%/}")
    if [ -z "$plan" ]; then
        fail "no comment of $MLINFRA_AUTHOR shows a plan of $path"
    fi
    exec "$MLINFRA" apply --auto-approve "--expect-plan=$plan" -- "$path"
}

# Passes signals on to mlinfra, whose end this shell has to see.
drift() {
    read_path drift
    local report code=0 child
    report=$(mktemp)
    "$MLINFRA" plan --refresh-only --detailed-exitcode -- "$path" >"$report" 2>&1 &
    child=$!
    # shellcheck disable=SC2064 # the number of the process is known now
    trap "kill -TERM $child" TERM INT
    wait "$child" || code=$?
    if [ "$code" -gt 128 ]; then
        # A signal ended the wait; mlinfra ends by itself.
        wait "$child" || code=$?
    fi
    trap - TERM INT
    cat "$report"
    if [ "$code" -ne 2 ]; then
        exit "$code"
    fi
    tell_drift "$report"
}

# One open issue for each spec, found by its first line and its author.
tell_drift() {
    local marker number body document
    document=$(mktemp)
    marker="<!-- mlinfra drift $(jq -cn --arg spec "$path" '$spec' | sed 's/[<>]/?/g; s/--/??/g') -->"
    # Indented, all of it is text: no fence, mention or markup of a spec does anything there.
    body=$(
        printf '%s\n\nSomething else than mlinfra changed what there is; a new plan says what would undo it.\n\n' "$marker"
        head -c 50000 "$1" | sed 's/^/    /'
    )
    number=$(github_list "/repos/$GITHUB_REPOSITORY/issues" '&state=open&labels=mlinfra-drift' |
        jq -rs --arg marker "$marker" --arg author "$MLINFRA_AUTHOR" \
            'map(select(.user.login == $author and (.body // "" | startswith($marker)))) | .[0].number // ""')
    if [ -n "$number" ]; then
        jq -n --arg body "$body" '{$body}' >"$document"
        github PATCH "/repos/$GITHUB_REPOSITORY/issues/$number" --data-binary "@$document" -o /dev/null
        echo "Changed issue $number."
    else
        jq -n --arg body "$body" --arg title "Drift: $path" '{$title, $body, labels: ["mlinfra-drift"]}' >"$document"
        github POST "/repos/$GITHUB_REPOSITORY/issues" --data-binary "@$document" -o /dev/null
        echo 'Opened an issue.'
    fi
}

case ${1:-} in
get | diff | comment | apply | drift) "$1" ;;
*) fail "action.sh: unknown command ${1:-}" ;;
esac
