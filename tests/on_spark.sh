# The tests of engines on Spark: a local session, then a Spark Connect server. Called by `make test-spark`.
# It needs Java 17 and sets up .venv-spark beside .venv once (half a gigabyte).
set -eu
cd "$(dirname "$0")/.."

is_17() {
  [ -x "$1/bin/java" ] && "$1/bin/java" -version 2>&1 | grep -q 'version "17'
}

java=''
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*17* /Library/Java/JavaVirtualMachines/*17*/Contents/Home \
  "$(dirname "$(dirname "$(readlink -f "$(command -v java || echo /none/none/java)")")")"; do
  if [ -n "$home" ] && is_17 "$home"; then
    java=$home
    break
  fi
done
if [ -z "$java" ]; then
  echo 'Spark needs Java 17, and none was found: install it, or set JAVA_HOME. Nothing was tested.' >&2
  exit 2
fi

venv=.venv-spark
if [ ! -e "$venv/.ready" ] || [ requirements-spark.txt -nt "$venv/.ready" ]; then
  echo "Setting up $venv (once, a few minutes) …" >&2
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.txt
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  touch "$venv/.ready"
fi

export JAVA_HOME="$java"
failed=0
for way in local connect; do
  echo "Spark, $way (Java of $java)" >&2
  METRICGOV_TEST_SPARK=$way "$venv/bin/python" -m pytest -p no:randomly -k 'spark or Spark' \
    tests/contract/test_warehouses.py tests/integration/query || failed=1
done
exit $failed
