#!/usr/bin/env bash
# What action.yml runs: a suite, then its report, then the outputs. Its inputs come as variables, so that none of them
# is ever read as a command. Annotations and the step summary are `soundstage run`'s own.
set -euo pipefail
soundstage="${SOUNDSTAGE:-soundstage}"

words=(--agent "$AGENT" --trials "${TRIALS:-1}" --engine "${ENGINE:-inprocess}" --parallel "${PARALLEL:-2}")
while IFS= read -r rule; do [ -z "$rule" ] || words+=(--threshold "$rule"); done <<<"${THRESHOLDS:-}"
while IFS= read -r arm; do [ -z "$arm" ] || words+=(--faults "$arm"); done <<<"${FAULTS:-}"
read -ra more <<<"${OPTIONS:-}"
read -ra suite <<<"$SUITE"

summary="$(mktemp)"
status=0
"$soundstage" run "${words[@]}" --out "$OUT" --junit "$OUT.xml" --json-file "$summary" \
  ${more[@]+"${more[@]}"} -- "${suite[@]}" || status=$?

report=""
if [ -d "$OUT" ]; then
  if [ -e "$OUT.xml" ]; then mv "$OUT.xml" "$OUT/junit.xml"; fi
  if [ "${REPORT:-true}" = true ] && "$soundstage" report "$OUT"; then report="$OUT/report.html"; fi
fi
figure() { python3 -c 'import json, sys; run = json.load(open(sys.argv[1])); print(run["success"][sys.argv[2]])' "$summary" "$1"; }
{
  if [ -s "$summary" ]; then
    echo "success=$(figure value)"
    echo "success-low=$(figure low)"
  fi
  echo "exit-status=$status"
  echo "report=$report"
} >>"${GITHUB_OUTPUT:-/dev/stdout}"
exit "$status"
