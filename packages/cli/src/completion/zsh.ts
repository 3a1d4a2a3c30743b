import { optionsOf } from "../command.ts";
import { type CompletionScript, quoted } from "./script.ts";

/** Commands and options with what they do. */
export const zsh: CompletionScript = (commands) => {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const options = Object.entries(optionsOf(command)).map(([name, { value, help }]) => {
      const about = help.replaceAll(/[[\]\\:]/g, (sign) => `\\${sign}`);
      const takes = value === undefined ? "" : `:${value.replaceAll(":", " ")}:_files`;
      return `        ${quoted(`--${name}[${about}]${takes}`)}`;
    });
    return `    ${command.name})
      _arguments \\
${[...options, `        ${quoted("--help[tell more]")}`, `        ${quoted("*::word:_files")}`].join(" \\\n")}
      ;;`;
  });
  return `#compdef motte
_motte() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
    help) _describe command commands ;;
${cases.join("\n")}
  esac
}
compdef _motte motte
`;
};
