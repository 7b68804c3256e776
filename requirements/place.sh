#!/bin/sh
# Lay a folder's packages out as they are to lie in a virtual environment, closed to everybody but their owner and group:
# place.sh FOLDER ENVIRONMENT TARGET. The target then goes over the environment, in a layer of its own.
# They are named in an entry of their own, so that whoever lists what an image holds finds them.
set -eu
packages="$1" environment="$2" target="$3"

python="$environment/bin/python"
site="$target/$("$python" -c 'import os, sys, sysconfig; print(os.path.relpath(sysconfig.get_path("purelib"), sys.prefix))')"
version="$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')"
mkdir -p "$target/bin" "$site/soundstage-$version.dist-info"
printf 'Metadata-Version: 2.1\nName: soundstage\nVersion: %s\nLicense: Apache-2.0\n' "$version" \
  > "$site/soundstage-$version.dist-info/METADATA"
cp -R "$packages"/. "$site"
"$python" -m compileall -q -s "$target" -p "$environment" "$site"
printf '#!%s -P\nimport sys\n\nfrom sandbox_server.__main__ import main\n\nsys.exit(main())\n' "$python" \
  > "$target/bin/serve"
chmod 750 "$target/bin/serve"
chmod -R u=rwX,g=rX,o= "$target"
