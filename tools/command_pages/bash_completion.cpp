#include "tools/command_pages/script_text.hpp"
#include "tools/command_pages/shell_completion.hpp"

namespace rolecall::command_pages {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string{R"('\'')"} : std::string{c};
  return result + "'";
}

/// What follows the program's name: "", " load", " plan load".
std::string path_key(const command_description& root, const command_description& command) {
  return command.path.substr(root.path.size());
}

/// "role", "choice bash zsh": read by the function `PROGRAM_value`.
std::string value_words(const option_description& option) {
  const auto with_choices = [&option](std::string word) {
    for (const auto& choice : option.choices) word += " " + choice;
    return word;
  };
  switch (option.value) {
    case value_kind::none:
    case value_kind::text:
      return "text";
    case value_kind::choice:
      return with_choices("choice");
    case value_kind::file:
      return "file";
    case value_kind::directory:
      return "directory";
    case value_kind::role:
      return "role";
    case value_kind::pair:
      return with_choices("pair");
  }
  return "text";
}

/// Sets what may follow each path.
std::string word_cases(const command_description& root) {
  std::string cases;
  for (const auto* command : all_commands(root)) {
    std::string commands;
    for (const auto& group : command->groups)
      for (const auto& each : group.commands) commands += " " + each.name;
    std::string options;
    for (const auto& option : command->options)
      for (const auto& name : option.names) options += " " + name;
    std::string arguments;
    for (const auto& argument : command->arguments)
      arguments += " " + quoted(value_words(argument));
    const bool repeats = !command->arguments.empty() && command->arguments.back().is_repeated;
    cases += "    " + quoted(path_key(root, *command)) + ")\n";
    cases += "      commands=(" + commands + " )\n";
    cases += "      options+=(" + options + " )\n";
    cases += "      arguments=(" + arguments + " )\n";
    cases += std::string{"      repeats="} + (repeats ? "yes" : "") + " ;;\n";
  }
  return cases;
}

/// Answers what the value of an option is; options without one have no case.
std::string value_cases(const command_description& root) {
  std::string cases;
  for (const auto* command : all_commands(root))
    for (const auto& option : command->options) {
      if (option.value == value_kind::none) continue;
      std::string patterns;
      // The program's own options may stand behind a subcommand, too.
      const std::string prefix = command == &root ? "*" : quoted(path_key(root, *command));
      for (const auto& name : option.names)
        patterns += (patterns.empty() ? "" : "|") + prefix + quoted(" " + name);
      cases += "    " + patterns + ") kind=" + quoted(value_words(option)) + " ;;\n";
    }
  return cases;
}

std::string own_options(const command_description& root) {
  std::string names;
  for (const auto& option : root.options)
    for (const auto& name : option.names) names += " " + name;
  return names;
}

// @PROGRAM@, @WORD_CASES@, @VALUE_CASES@ and @OWN_OPTIONS@ are put in.
constexpr std::string_view script =
    R"sh(# Completion of @PROGRAM@ for bash. Made from its command line; do not edit.

# What the value of option $2 of the subcommands $1 is, in `kind`; empty: it has none.
_@PROGRAM@_value_of() {
  kind=
  case "$1 $2" in
@VALUE_CASES@  esac
}

# What may follow the subcommands $1.
_@PROGRAM@_words_after() {
  commands=() options=() arguments=() repeats=
  case "$1" in
@WORD_CASES@  esac
}

# The program's own answer, in silence, within a second.
_@PROGRAM@_ask() {
  timeout 1 "${words[0]/#\~/$HOME}" "${passed[@]}" "$@" 2>/dev/null </dev/null
}

# Offers those of the words on stdin that begin with $current, each with $1 behind it.
_@PROGRAM@_offer() {
  local word
  while IFS= read -r word; do
    [[ -n $word && $word == "$current"* ]] && COMPREPLY+=("$word$1")
  done
}

_@PROGRAM@_offer_value() {
  local word
  case $1 in
    role) _@PROGRAM@_offer '' < <(_@PROGRAM@_ask roles) ;;
    choice) shift; _@PROGRAM@_offer '' < <(printf '%s\n' "$@") ;;
    pair)
      shift
      if [[ $current == *=* ]]; then
        _@PROGRAM@_offer '' < <(printf "${current%%=*}=%s\n" "$@")
      else
        compopt -o nospace 2>/dev/null
        _@PROGRAM@_offer '=' < <(_@PROGRAM@_ask $path | while IFS='=' read -r word _; do echo "$word"; done)
      fi ;;
    file | directory)
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done \
        < <(if [[ $1 == file ]]; then compgen -f -- "$current"; else compgen -d -- "$current"; fi) ;;
  esac
}

_@PROGRAM@() {
  local path='' current word kind repeats at=1 given=0 before=''
  local -a words=() passed=() commands=() options=() arguments=()
  # bash parts words at '=' and ':', which addresses and pairs have inside: the line is read anew.
  word=${COMP_LINE:0:COMP_POINT}
  read -a words <<<"$word"
  [[ $word == *[[:space:]] ]] && words+=('')
  current=${words[-1]}
  COMPREPLY=()

  _@PROGRAM@_words_after ''
  for ((; at < ${#words[@]} - 1; ++at)); do
    word=${words[at]}
    case $word in
      --*=*)
        _@PROGRAM@_value_of '' "${word%%=*}"
        [[ -n $kind ]] && passed+=("$word") ;;
      -*)
        _@PROGRAM@_value_of "$path" "$word"
        [[ -n $kind ]] || continue
        # Its value is what is completed: nothing else is.
        ((at + 2 < ${#words[@]})) || { _@PROGRAM@_offer_value $kind; break; }
        _@PROGRAM@_value_of '' "$word"
        [[ -n $kind ]] && passed+=("$word" "${words[at + 1]}")
        ((++at)) ;;
      *)
        if [[ " ${commands[*]} " == *" $word "* ]]; then
          path+=" $word" given=0
          _@PROGRAM@_words_after "$path"
        else
          ((++given))
        fi ;;
    esac
  done

  if ((at == ${#words[@]} - 1)) && ((at > 0)); then
    if [[ $current == --*=* ]]; then
      before=${current%%=*}
      _@PROGRAM@_value_of "$path" "$before"
      current=${current#*=}
      _@PROGRAM@_offer_value $kind
      COMPREPLY=("${COMPREPLY[@]/#/$before=}")
      current=$before=$current
    elif [[ $current == -* ]]; then
      options+=(@OWN_OPTIONS@ )
      _@PROGRAM@_offer '' < <(printf '%s\n' "${options[@]}" | sort -u)
    elif ((${#commands[@]})); then
      _@PROGRAM@_offer '' < <(printf '%s\n' "${commands[@]}")
    else
      [[ -n $repeats ]] && ((given >= ${#arguments[@]})) && given=$((${#arguments[@]} - 1))
      ((given < ${#arguments[@]})) && _@PROGRAM@_offer_value ${arguments[given]}
    fi
  fi

  # bash replaces only what stands behind the last of its own word breaks.
  for word in = :; do
    [[ $COMP_WORDBREAKS == *$word* && $current == *$word* ]] &&
      COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*$word}"}"}")
  done
  return 0
}

complete -F _@PROGRAM@ @PROGRAM@
)sh";

}  // namespace

std::string bash_completion(const command_description& program) {
  std::string text{script};
  put_in(text, "@WORD_CASES@", word_cases(program));
  put_in(text, "@VALUE_CASES@", value_cases(program));
  put_in(text, "@OWN_OPTIONS@", own_options(program));
  put_in(text, "@PROGRAM@", program.name);
  return text;
}

}  // namespace rolecall::command_pages
