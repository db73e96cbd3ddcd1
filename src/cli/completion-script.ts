import type { CompletionNode, CompletionValue } from "./completion-tree.ts";

/** A script that completes commands, options, their values and files, for one shell. It needs nothing but the shell. */
export function completionScript(
  shell: "bash" | "zsh",
  program: string,
  nodes: readonly CompletionNode[],
): string {
  return shell === "bash" ? bashScript(program, nodes) : zshScript(program, nodes);
}

/** Both walk the words to the deepest command (`at`), then offer what may stand after it. */
function bashScript(program: string, nodes: readonly CompletionNode[]): string {
  const value = ({ words, files }: CompletionValue): string =>
    words.length === 0
      ? `COMPREPLY=(${files ? '$(compgen -f -- "$current")' : ""})`
      : `COMPREPLY=($(compgen -W ${quoted(words.join(" "))} -- "$current"))`;
  const offer = ({ words, flags, files }: CompletionNode): string =>
    `words=${quoted(words.join(" "))} flags=${quoted(flags.join(" "))} files=${files ? "yes" : "''"}`;
  return `# bash completion of ${program}
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" at="" i
  [ "$COMP_CWORD" -gt 0 ] && previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at:\${COMP_WORDS[i]}" in
${stepCases(nodes)}
    esac
  done
  case "$at:$previous" in
${valueCases(nodes, value)}
  esac
  local words="" flags="" files=""
  case "$at" in
${nodeCases(nodes, offer)}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *)
      COMPREPLY=($(compgen -W "$words" -- "$current"))
      [ -n "$files" ] && COMPREPLY+=($(compgen -f -- "$current"))
      ;;
  esac
}
complete -o filenames -F _${program} ${program}
`;
}

function zshScript(program: string, nodes: readonly CompletionNode[]): string {
  const list = (words: readonly string[]): string => words.map(quoted).join(" ");
  const value = ({ words, files }: CompletionValue): string => {
    if (words.length > 0) return `compadd -- ${list(words)}`;
    return files ? "_files" : ":";
  };
  const offer = ({ words, flags, files }: CompletionNode): string =>
    `offered=(${list(words)}) flags=(${list(flags)}) files=${files ? "yes" : "''"}`;
  return `#compdef ${program}
_${program}() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT-1]}" at="" files="" i
  local -a offered flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$at:\${words[i]}" in
${stepCases(nodes)}
    esac
  done
  case "$at:$previous" in
${valueCases(nodes, value)}
  esac
  case "$at" in
${nodeCases(nodes, offer)}
  esac
  if [[ "$current" == -* ]]; then
    compadd -- $flags
  else
    compadd -- $offered
    [[ -n "$files" ]] && _files
  fi
}
if [ "\${funcstack[1]}" = "_${program}" ]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

/** `'chaos:run') at='chaos run' ;;` */
function stepCases(nodes: readonly CompletionNode[]): string {
  return nodes
    .filter(({ path }) => path !== "")
    .map(({ path }) => {
      const cut = path.lastIndexOf(" ");
      const from = path.slice(0, Math.max(0, cut));
      return `      ${quoted(`${from}:${path.slice(cut + 1)}`)}) at=${quoted(path)} ;;`;
    })
    .join("\n");
}

function valueCases(
  nodes: readonly CompletionNode[],
  offer: (value: CompletionValue) => string,
): string {
  return nodes
    .flatMap(({ path, values }) =>
      values.map((value) => {
        const patterns = value.flags.map((flag) => quoted(`${path}:${flag}`)).join("|");
        return `    ${patterns}) ${offer(value)}; return ;;`;
      }),
    )
    .join("\n");
}

function nodeCases(
  nodes: readonly CompletionNode[],
  offer: (node: CompletionNode) => string,
): string {
  return nodes.map((node) => `    ${quoted(node.path)}) ${offer(node)} ;;`).join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
