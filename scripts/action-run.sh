#!/usr/bin/env bash
# The steps of action.yml: `install` finds or installs aegis, `run` plays the scenarios. Inputs come by the environment,
# as INPUT_..., and are never read as code. Also for the bash 3.2 of macOS.
set -euo pipefail

main() {
  case ${1-} in
    install) install ;;
    run) run ;;
    *) give_up "usage: action-run.sh install|run" ;;
  esac
}

install() {
  local version=${INPUT_VERSION-} program prefix package
  command -v node >/dev/null || give_up "Node is not here: put actions/setup-node before this action" 4
  if [[ -z $version || -f $version/scripts/prepare.js ]]; then
    local checkout=${version:-$GITHUB_ACTION_PATH}
    node "$checkout/scripts/prepare.js"
    program=$(cd "$checkout" && pwd)/bin/aegis.js
  else
    package=aegis-chaos@$version
    [[ ! -f $version ]] || package=$(cd "$(dirname -- "$version")" && pwd)/$(basename -- "$version")
    prefix=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/aegis-XXXXXX")
    npm install --global --prefix "$prefix" --ignore-scripts --no-audit --no-fund --loglevel=error -- "$package"
    program=$prefix/lib/node_modules/aegis-chaos/bin/aegis.js
  fi
  echo "aegis $(node "$program" --version)"
  output program "$program"
}

run() {
  local code=0 verdict arguments=() marker
  local directory=${INPUT_REPORT_DIRECTORY:-aegis-report} inconclusive=${INPUT_ON_INCONCLUSIVE:-fail}
  [[ $directory != *$'\n'* ]] || give_up "report-directory: one directory is expected"
  case $inconclusive in
    fail | pass | retry-once) ;;
    *) give_up "on-inconclusive: expected fail, pass or retry-once, got $inconclusive" ;;
  esac
  read_arguments
  mkdir -p -- "$directory"
  output report "$directory"
  marker=$(mktemp "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/aegis-XXXXXX")
  play
  if [[ $code == 3 && $inconclusive == retry-once ]]; then
    echo "::notice title=aegis::Inconclusive: all is played once more, and that verdict counts"
    summary "The runs above were inconclusive. All is played once more, and that verdict counts."
    touch "$marker"
    play
  fi
  verdict=$(worst_verdict)
  rm -f -- "$marker"
  output exit-code "$code"
  output verdict "$verdict"
  [[ $verdict != none ]] || summary "aegis ended with exit code $code, without a verdict: $(meaning). The log says more."
  if [[ $code == 3 && $inconclusive == pass ]]; then
    echo "::warning title=aegis::$(meaning); passed because of on-inconclusive: pass"
    exit 0
  fi
  [[ $code == 0 ]] || echo "::error title=aegis::$(meaning) (exit code $code)"
  exit "$code"
}

# Fills `arguments` with what aegis is to be called with.
read_arguments() {
  local name words
  arguments=(chaos run "--out=$directory/runs" "--junit=$directory/junit.xml")
  for name in compose project engine; do
    words=$(input "$name")
    [[ -z $words ]] || arguments+=("--$name=$words")
  done
  while IFS= read -r name; do arguments+=("--allow=$name"); done < <(lines "$(input allow | tr , '\n')")
  words=$(input args | tr '\n' ' ' | xargs printf '%s\n') || give_up "args: a quote is not closed"
  while IFS= read -r name; do arguments+=("$name"); done < <(lines "$words")
  arguments+=(--)
  # A line is one pattern, whatever blanks are in it; one that fits no file may be the name of a bundled scenario.
  local IFS=
  while read -r name; do arguments+=($name); done < <(lines "$(input scenarios)")
}

# Plays the scenarios; sets `code`. The runner signals this process only when a job is cancelled, so signals are passed
# on, once: aegis is in a process group of its own.
play() {
  local child signalled=
  set -m
  node "$AEGIS_PROGRAM" "${arguments[@]}" </dev/null &
  child=$!
  set +m
  trap 'signalled=1; kill -INT "$child" 2>/dev/null || true' INT
  trap 'signalled=1; kill -TERM "$child" 2>/dev/null || true' TERM HUP
  wait_for "$child"
  while [[ -n $signalled ]]; do
    signalled=
    wait_for "$child"
  done
  trap - INT TERM HUP
}

wait_for() {
  code=0
  wait "$1" || code=$?
}

# Of what has been judged since `marker` was touched.
worst_verdict() {
  local verdicts word
  verdicts=$(find "$directory" -name report.json -newer "$marker" -exec \
    node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).verdict' {} \;)
  for word in fail inconclusive pass; do
    if grep -qx "$word" <<<"$verdicts"; then
      echo "$word"
      return
    fi
  done
  echo none
}

meaning() {
  case $code in
    0) echo "every assertion holds" ;;
    1) echo "an assertion does not hold" ;;
    2) echo "bad usage, or a bad scenario or compose file" ;;
    3) echo "inconclusive" ;;
    4) echo "this environment cannot do it" ;;
    5) echo "harm was left behind" ;;
    6) echo "no steady state before the first step" ;;
    130 | 143) echo "interrupted; everything was undone" ;;
    *) echo "a bug in aegis" ;;
  esac
}

# input NAME: an input as it was given, on stdout.
input() {
  local variable
  variable=INPUT_$(tr 'a-z-' 'A-Z_' <<<"$1")
  printf '%s' "${!variable-}"
}

# lines TEXT: without blanks around them, and without empty ones.
lines() { sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d' <<<"$1"; }

output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

summary() { [[ -z ${GITHUB_STEP_SUMMARY-} ]] || printf '%s\n\n' "$1" >>"$GITHUB_STEP_SUMMARY"; }

# give_up MESSAGE [CODE]: ends with 2, bad usage.
give_up() {
  local text=${1//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '::error title=aegis::%s\n' "${text//$'\n'/%0A}"
  output exit-code "${2:-2}"
  output verdict none
  exit "${2:-2}"
}

main "$@"
