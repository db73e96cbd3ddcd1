import type { CompletionNode } from "./completion-tree.ts";

/** A script that completes commands, options, their values and files, for one shell. Needs nothing but the shell. */
export function completionScript(
  shell: "bash" | "zsh",
  program: string,
  nodes: readonly CompletionNode[],
): string {
  return shell === "bash" ? bashScript(program, nodes) : zshScript(program, nodes);
}

/** Walks the words to the deepest command, then offers what may stand after it. */
function bashScript(program: string, nodes: readonly CompletionNode[]): string {
  return `# bash completion of ${program}
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" path="" word i
  [ "$COMP_CWORD" -gt 0 ] && previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$path:$word" in
${stepCases(nodes, "      ").join("\n")}
    esac
  done
  local words="" flags="" files=""
  case "$path:$previous" in
${valueCases(nodes, (words) => (words.length === 0 ? 'COMPREPLY=($(compgen -f -- "$current"))' : `COMPREPLY=($(compgen -W ${shellQuote(words.join(" "))} -- "$current"))`)).join("\n")}
  esac
  case "$path" in
${nodes.map((node) => `    ${shellQuote(node.path)}) words=${shellQuote(node.words.join(" "))} flags=${shellQuote(node.flags.join(" "))} files=${node.files ? "yes" : "''"} ;;`).join("\n")}
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
  return `#compdef ${program}
_${program}() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT-1]}" at="" word i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    case "$at:$word" in
${stepCases(nodes, "      ").join("\n").replaceAll("path=", "at=")}
    esac
  done
  case "$at:$previous" in
${valueCases(nodes, (words) => (words.length === 0 ? "_files" : `compadd -- ${words.map(shellQuote).join(" ")}`)).join("\n")}
  esac
  local -a offered flags
  local files=""
  case "$at" in
${nodes.map((node) => `    ${shellQuote(node.path)}) offered=(${node.words.map(shellQuote).join(" ")}) flags=(${node.flags.map(shellQuote).join(" ")}) files=${node.files ? "yes" : "''"} ;;`).join("\n")}
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

/** \`'chaos:run') path='chaos run' ;;\` */
function stepCases(nodes: readonly CompletionNode[], indent: string): string[] {
  const steps = nodes.filter(({ path }) => path !== "");
  return steps.map(({ path }) => {
    const cut = path.lastIndexOf(" ");
    const from = cut < 0 ? "" : path.slice(0, cut);
    return `${indent}${shellQuote(`${from}:${path.slice(cut + 1)}`)}) path=${shellQuote(path)} ;;`;
  });
}

function valueCases(
  nodes: readonly CompletionNode[],
  offer: (words: readonly string[]) => string,
): string[] {
  return nodes.flatMap(({ path, values }) =>
    values.map(({ flags, words }) => {
      const patterns = flags.map((flag) => shellQuote(`${path}:${flag}`)).join("|");
      return `    ${patterns}) ${offer(words)}; return ;;`;
    }),
  );
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
