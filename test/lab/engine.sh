#!/usr/bin/env bash
# Brings a Docker engine up on a bare Debian machine, as root; does nothing where one answers already.
# What it installs and starts stays, so that later calls are done at once.
#   AEGIS_LAB_LOG   where apt-get and dockerd log (/var/log/aegis-lab.log)
#   AEGIS_LAB_WAIT  seconds to wait until dockerd answers (90)
set -euo pipefail

log=${AEGIS_LAB_LOG:-/var/log/aegis-lab.log}
limit=${AEGIS_LAB_WAIT:-90}

fail() {
  printf 'test lab: %s\n' "$@" >&2
  exit 1
}

answers() { command -v docker >/dev/null && timeout 15 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# `docker compose` (v2) or `docker-compose` (v1): either will do.
has_compose() { command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1; }

# A named endpoint is somebody's own: whether its daemon runs is not ours to decide.
endpoint() {
  local named=${DOCKER_HOST:-}
  [[ -n $named ]] || named=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true)
  echo "${named:-unix:///var/run/docker.sock}"
}

install_packages() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  has_compose || missing+=(docker-compose)
  command -v iptables >/dev/null || missing+=(iptables)
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || fail "only root can install ${missing[*]}"
  command -v apt-get >/dev/null || fail "${missing[*]} missing, and there is no apt-get: install Docker by hand"
  echo "test lab: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >>"$log" 2>&1; then
    fail "apt-get could not install ${missing[*]}; the end of $log:" "$(tail -n 10 "$log")"
  fi
}

# The package may have started a daemon of its own, or somebody else a moment ago: that one gets its time to answer.
start_daemon() {
  local pid
  pid=$(pidof -s dockerd || true)
  if [[ -z $pid ]]; then
    setsid nohup dockerd >>"$log" 2>&1 </dev/null &
    pid=$!
  fi
  for ((second = 0; second < limit; second++)); do
    ! answers || return 0
    kill -0 "$pid" 2>/dev/null || fail "dockerd ended; the end of $log:" "$(tail -n 15 "$log")"
    sleep 1
  done
  fail "dockerd did not answer within $limit s; the end of $log:" "$(tail -n 15 "$log")"
}

if ! answers; then
  [[ $(endpoint) =~ ^unix://(/var)?/run/docker.sock$ ]] ||
    fail "no Docker daemon answers at $(endpoint): start it, or unset DOCKER_HOST to get one on this machine"
  ((EUID == 0)) || fail "no Docker daemon answers to you: start yours, or run this as root"
  exec 9>/var/lock/aegis-lab.lock
  flock 9
  install_packages 9>&-
  answers || start_daemon 9>&-
fi
has_compose || install_packages
echo "test lab: Docker $(docker version --format '{{.Server.Version}}') answers"
