#!/usr/bin/env bash
# grafana-foundation-sdk on PyPI: `pip install grafana-foundation-sdk` gives types of Grafana 10.1 (2023), the oldest it knows, not the newest.
# Each release is published once for each Grafana version, told apart by an epoch that is the time of its upload (1769699998!10.1.0 ...
# 1769699379!11.6.0), and the oldest Grafana is uploaded last: an epoch counts before all else, so `>=11` chooses 10.1 too. Name the one meant
# with its epoch: ==1769699379!11.6.0.
# Exits with 0 while that is so, with 1 when it changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
for asked in "grafana-foundation-sdk" "grafana-foundation-sdk>=11"; do
  rm -rf "$folder/got"
  "$folder/venv/bin/pip" download -q --disable-pip-version-check --no-deps -d "$folder/got" "$asked" 2>/dev/null
  got=$(ls "$folder/got")
  echo "$asked: $got"
  [[ $got == *'!10.1.0-'* ]] || { echo changed; exit 1; }
done
echo "as found"
