#!/bin/sh
# The same with Podman and without root: inside, one is the user that one is outside, so that results are one's own.
set -eu
export DOCKER=podman RUN="--userns keep-id ${RUN:-}" BUILD="--format docker ${BUILD:-}"
exec "$(dirname "$0")/plain.sh" "$@"
