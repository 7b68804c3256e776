#!/bin/sh
# An agent in a shell script: curl, awk and a model that answers in plain lines. No framework, no JSON tool.
#
#   soundstage run bookshop --agent "sh examples/agents/shell_agent.sh"
#
# The model answers `CALL <server> <tool> <arguments as JSON>` or `ANSWER <text>`, and is shown what each call gives.
# MODEL and OPENAI_BASE_URL choose another model; `--gateway` records what it is asked.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=${MODEL:-gpt-5-mini}
base=${OPENAI_BASE_URL:-https://api.openai.com/v1}

# A text on stdin as a JSON string.
quoted() {
    awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/\r/, "\\r")
           text = text (NR > 1 ? "\\n" : "") $0 } END { printf "\"%s\"", text }'
}

# The first string called $1 in the JSON on stdin, as text.
string() {
    awk -v key="\"$1\"" '
        { all = all $0 }
        END {
            if (!match(all, key "[ ]*:[ ]*\"")) exit 1
            rest = substr(all, RSTART + RLENGTH)
            while ((c = substr(rest, ++i, 1)) != "\"" && c != "") {
                if (c == "\\") { c = substr(rest, ++i, 1); if (c == "n") c = "\n"; if (c == "t") c = "\t" }
                printf "%s", c
            }
        }'
}

url() { tr -d '\n' < "$MCP_CONFIG" | sed "s/.*\"$1\": *{[^}]*\"url\": *\"\\([^\"]*\\)\".*/\\1/"; }

# Post the message $2 to the server $1; its session is kept in a file.
post() {
    touch "$work/$1"
    curl -sS --fail-with-body -D "$work/head" -H "@$work/$1" -H 'content-type: application/json' \
        -H 'accept: application/json, text/event-stream' --data-binary "$2" "$(url "$1")" | sed 's/^data: //'
    if grep -i '^mcp-session-id:' "$work/head" | tr -d '\r' > "$work/session"; then
        { cat "$work/session"; echo 'mcp-protocol-version: 2025-11-25'; } > "$work/$1"
    fi
}

# Call the tool $2 of the server $1 with the arguments $3; a server is greeted first.
call() {
    if [ ! -e "$work/$1" ]; then
        post "$1" '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",
            "capabilities":{},"clientInfo":{"name":"shell","version":"1"}}}' > /dev/null
        post "$1" '{"jsonrpc":"2.0","method":"notifications/initialized"}' > /dev/null
    fi
    post "$1" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"$2\",\"arguments\":$3}}" |
        string text
}

servers=$(tr -d '\n' < "$MCP_CONFIG" | grep -o '"[^"]*": *{ *"type"' | cut -d '"' -f 2 | tr '\n' ' ')
{
    cat "$TASK_FILE"
    echo "Your servers speak the Model Context Protocol: $servers"
    echo 'Answer with exactly one line and nothing else: CALL <server> <tool> <arguments as JSON>, or ANSWER <text>.'
} > "$work/prompt"
messages="{\"role\":\"user\",\"content\":$(quoted < "$work/prompt")}"

while :; do
    said=$(curl -sS --fail-with-body -H "authorization: Bearer ${OPENAI_API_KEY:-none}" \
        -H 'content-type: application/json' \
        --data-binary "{\"model\":\"$model\",\"messages\":[$messages]}" "$base/chat/completions" | string content)
    messages="$messages,{\"role\":\"assistant\",\"content\":$(printf '%s\n' "$said" | quoted)}"
    case $said in
    'ANSWER '*)
        printf '%s' "${said#ANSWER }" > "$ANSWER_FILE"
        exit 0
        ;;
    'CALL '*)
        printf '%s\n' "$said" > "$work/said"
        read -r _ server tool arguments < "$work/said"
        told=$(call "$server" "$tool" "$arguments")
        ;;
    *) told='Please answer with CALL or ANSWER.' ;;
    esac
    messages="$messages,{\"role\":\"user\",\"content\":$(printf '%s\n' "$told" | quoted)}"
done
