#!/bin/sh
# Run a suite in a container of the harness's image, on any machine that has Docker (or Podman: DOCKER=podman).
#
#   examples/ci/plain.sh bookshop -k 'not labels-bug' --agent script:reference --trials 2 --threshold 'success.low>=0.5'
#
# All words go to `soundstage run`. The working directory is /work inside, read-only; the run, its report and JUnit XML
# end up in results/, also where the suite fails. Variables that the agent needs are named in PASS (PASS="OPENAI_API_KEY").
# IMAGE is built from this checkout where it is not there; BASE_IMAGE and whatever else `docker build` takes go into BUILD.
set -eu
docker="${DOCKER:-docker}"
image="${IMAGE:-soundstage}"
results="${RESULTS:-results}"
here="$(cd "$(dirname "$0")" && pwd)"

if ! "$docker" image inspect "$image" >/dev/null 2>&1; then
  # shellcheck disable=SC2086  # several words or none
  "$docker" build ${BUILD:-} --target harness -t "$image" "$here/../.."
fi

contained() {
  variables=""
  for name in ${PASS:-}; do variables="$variables --env $name"; done
  # shellcheck disable=SC2086
  "$docker" run --rm --init --read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 1024 --memory 4g \
    --tmpfs /tmp:rw,nosuid,nodev,mode=1777,size=1g --user "$(id -u):$(id -g)" ${RUN:-} $variables \
    --volume "$PWD:/work:ro" --volume "$(cd "$results" && pwd):/results" "$image" "$@"
}

mkdir -p "$results"
status=0
contained run --out /results/run --junit /results/junit.xml --json-file /results/run.json "$@" || status=$?
contained report /results/run --out /results/report.html || true
exit "$status"
