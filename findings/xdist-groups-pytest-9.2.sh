#!/usr/bin/env bash
# pytest-xdist 3.8.0 with pytest 9.2.0: `--dist loadgroup` no longer keeps the tests of an `xdist_group` on one worker. Nothing is said and
# nothing fails: tests that share a server, a port or a database merely begin to meet each other. xdist tells its scheduler the group by writing
# `item._nodeid`, and pytest 9.2's `item.nodeid` is no longer read from there. Seen: eight tests of one group, two workers; pytest 9.1.1: all
# eight on one worker; pytest 9.2.0: four and four. Exits with 0 while that is so, with 1 when it changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cat > "$folder/test_group.py" <<'PY'
import time
from pathlib import Path

import pytest


@pytest.mark.parametrize("n", range(8))
@pytest.mark.xdist_group("one")
def test_shares_something(n, worker_id):
    time.sleep(0.2)
    Path(__file__).with_name(f"{worker_id}.ran").touch()
PY
workers() {  # of pytest $1
  "$folder/venv/bin/pip" install -q --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
  rm -f "$folder"/*.ran
  "$folder/venv/bin/python" -m pytest -q -n 2 --dist loadgroup -p no:cacheprovider --rootdir "$folder" "$folder/test_group.py" >/dev/null
  find "$folder" -maxdepth 1 -name '*.ran' | wc -l
}
before=$(workers 9.1.1)
after=$(workers 9.2.0)
echo "pytest-xdist 3.8.0, one group of eight tests on two workers"
echo "pytest 9.1.1: ran on $before worker(s)"
echo "pytest 9.2.0: ran on $after worker(s)"
if [ "$before" = 1 ] && [ "$after" = 2 ]; then echo "as found"; else echo "changed"; exit 1; fi
