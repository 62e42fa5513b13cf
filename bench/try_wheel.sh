#!/bin/sh
# Build the wheel, install it with its pinned dependencies in a clean environment, and use it as a stranger would.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/.venv/bin/python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --wheel-dir "$work/wheel" "$root"
python3 -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$root/requirements.txt"
"$work/env/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$work"/wheel/*.whl
cd "$work"
git init --quiet registry
cd registry
git config user.email crm-lead@example.com
git config user.name "CRM lead"
"$work/env/bin/metricgov" --version
"$work/env/bin/metricgov" init . --starter --preset standard --baseline
"$work/env/bin/metricgov" lint
"$work/env/bin/metricgov" show routing_speed > /dev/null
"$work/env/bin/metricgov" index rebuild
mkdir "$work/alone"
cp "$("$work/env/bin/python" -c 'import metricgov.second_verifier as it; print(it.__file__)')" "$work/alone/"
(cd "$work/alone" && python3 -I second_verifier.py "$work/registry" > /dev/null)
echo "the wheel works in a clean environment"
