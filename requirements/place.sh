#!/bin/sh
# Put a folder's packages into a virtual environment, closed to everybody but its owner and group: place.sh FOLDER ENVIRONMENT
# They are named in an entry of their own, so that whoever lists what an image holds finds them.
set -eu
packages="$1" environment="$2"

python="$environment/bin/python"
site="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
version="$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')"
mkdir "$site/soundstage-$version.dist-info"
printf 'Metadata-Version: 2.1\nName: soundstage\nVersion: %s\nLicense: Apache-2.0\n' "$version" \
  > "$site/soundstage-$version.dist-info/METADATA"
cp -R "$packages"/. "$site"
"$python" -m compileall -q "$site"
printf '#!%s -P\nimport sys\n\nfrom sandbox_server.__main__ import main\n\nsys.exit(main())\n' "$python" \
  > "$environment/bin/serve"
chmod 750 "$environment/bin/serve"
chmod -R u=rwX,g=rX,o= "$environment"
