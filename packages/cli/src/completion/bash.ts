import { optionsOf } from "../command.ts";
import type { CompletionScript } from "./script.ts";

/** Options after `-`, files otherwise; behind `--` the words belong to the program. */
export const bash: CompletionScript = (commands) => {
  const names = commands.map(({ name }) => name).join(" ");
  const cases = commands.map((command) => {
    const options = [...Object.keys(optionsOf(command)), "help"].map((name) => `--${name}`);
    return `    ${command.name}) options="${options.join(" ")}" ;;`;
  });
  return `_motte() {
  local word="\${COMP_WORDS[COMP_CWORD]}" options=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
    help) options="${names}" ;;
${cases.join("\n")}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) [ "\${COMP_WORDS[1]}" = help ] && COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
  esac
}
complete -o default -F _motte motte
`;
};
