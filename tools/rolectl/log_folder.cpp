#include "tools/rolectl/log_folder.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace rolecall::rolectl {
namespace {

/// What a subject says is routine, whatever it is. Lists of the model's properties, the engine's
/// reckoning before it loads, and what each request does.
constexpr std::array<std::string_view, 16> routine_subjects{"slot",
                                                            "que",
                                                            "res",
                                                            "cmn",
                                                            "spec",
                                                            "print_info",
                                                            "load",
                                                            "load_tensors",
                                                            "create_tensor",
                                                            "llama_model_loader",
                                                            "llama_context",
                                                            "llama_kv_cache",
                                                            "sched_reserve",
                                                            "graph_reserve",
                                                            "resolve_fused_ops",
                                                            "common_memory_breakdown_print"};
/// Of the server itself, only these functions.
constexpr std::array<std::string_view, 7> routine_functions{
    "update_slots", "server_strea", "get_availabl", "process_sing",
    "decode",       "init_listene", "init"};

template <class Words>
bool is_among(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// The first word of `text`, which begins behind it from then on.
std::string_view take_word(std::string_view& text) noexcept {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

/// "0.03.967.954", minutes first.
bool is_time(std::string_view word) noexcept {
  return word.find('.') != std::string_view::npos && std::ranges::all_of(word, [](char c) {
           return c == '.' || std::isdigit(static_cast<unsigned char>(c)) != 0;
         });
}

std::string_view without_colon(std::string_view word) noexcept {
  if (word.ends_with(':')) word.remove_suffix(1);
  return word;
}

/// The rest of a line that was too long for one, as the engine's lists have them.
bool continues_line(std::string_view line) noexcept { return line.starts_with('\t'); }

}  // namespace

std::string_view routine_of(std::string_view line) noexcept {
  if (!is_time(take_word(line))) return {};
  const auto level = take_word(line);
  if (level == "D") return "debugging";
  if (level != "I") return {};
  const auto subject = without_colon(take_word(line));
  if (is_among(routine_subjects, subject)) return subject;
  if (subject == "srv" && is_among(routine_functions, without_colon(take_word(line))))
    return subject;
  return {};
}

std::string log_folder::take(std::string_view piece) {
  std::string result;
  for (auto end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    unfinished_.append(piece.substr(0, end));
    take_line(unfinished_, result);
    unfinished_.clear();
    piece.remove_prefix(end + 1);
  }
  unfinished_.append(piece);
  return result;
}

std::string_view log_folder::name_before(std::string_view line) const noexcept {
  for (const auto& name : names_)
    if (line.starts_with(name) && line.substr(name.size()).starts_with(": "))
      return line.substr(0, name.size() + 2);
  return {};
}

void log_folder::take_line(std::string_view line, std::string& result) {
  const auto prefix = name_before(line);
  const auto text = line.substr(prefix.size());
  const auto open = std::ranges::find(runs_, prefix, &run::prefix);
  const auto subject = routine_of(text);
  if (!subject.empty()) {
    auto& to = open == runs_.end()
                   ? runs_.emplace_back(run{std::string{prefix}, std::string{line}, {}, 0})
                   : *open;
    if (!is_among(to.subjects, subject)) to.subjects.emplace_back(subject);
    ++to.lines;
  } else if (open != runs_.end() && continues_line(text)) {
    ++open->lines;
  } else {
    result += end_runs();
    result.append(line).append("\n");
  }
}

std::string log_folder::end_runs() {
  std::string result;
  for (const auto& each : runs_) {
    if (each.lines == 1) {
      result += each.first + "\n";
      continue;
    }
    std::string subjects;
    for (const auto& subject : each.subjects)
      subjects.append(subjects.empty() ? "" : ", ").append(subject);
    result += each.prefix + "… " + std::to_string(each.lines) + " lines of " + subjects + "\n";
  }
  runs_.clear();
  return result;
}

std::string log_folder::end() {
  std::string result;
  if (!unfinished_.empty()) {
    take_line(unfinished_, result);
    unfinished_.clear();
  }
  return result + end_runs();
}

}  // namespace rolecall::rolectl
