#include "launcher/argument_list.hpp"

#include <algorithm>
#include <utility>

namespace rolecall::launcher {
namespace {

std::string lacking(const capabilities& binary, argument_list::spellings flag) {
  std::string names;
  for (const auto name : flag) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  auto text = describe(binary) + (flag.size() == 1 ? " does not know " : " knows none of ") + names;
  for (const auto name : flag)
    if (const auto gone = binary.removed.find(name); gone != binary.removed.end())
      text += " (" + gone->first + " was removed: " + gone->second + ")";
  return text;
}

}  // namespace

std::string describe(const capabilities& binary) {
  return "llama-server " + binary.binary.string() +
         (binary.version.empty() ? "" : " (" + binary.version + ")");
}

void argument_list::add(std::vector<std::string> words, std::string reason) {
  collected_.arguments.push_back({.words = std::move(words), .reason = std::move(reason)});
}

void argument_list::require(spellings flag, std::string value, std::string reason) {
  add_flag(flag, &value, std::move(reason));
}

void argument_list::require(spellings flag, std::string reason) {
  add_flag(flag, nullptr, std::move(reason));
}

void argument_list::offer(spellings flag, std::string value, std::string reason) {
  if (known(flag) && !decided_by_registry(flag)) add_flag(flag, &value, std::move(reason));
}

void argument_list::offer(spellings flag, std::string reason) {
  if (known(flag) && !decided_by_registry(flag)) add_flag(flag, nullptr, std::move(reason));
}

std::optional<std::string_view> argument_list::known(spellings flag) const {
  const auto* const found =
      std::ranges::find_if(flag, [&](auto name) { return binary_.has(name); });
  if (found == flag.end()) return std::nullopt;
  return *found;
}

const std::string* argument_list::reason_of(std::string_view flag) const {
  const auto found = std::ranges::find_if(collected_.arguments, [&](const argument& a) {
    return binary_.same_flag(a.words.front(), flag);
  });
  return found == collected_.arguments.end() ? nullptr : &found->reason;
}

void argument_list::set_environment(std::string name, std::string value) {
  collected_.environment.insert_or_assign(std::move(name), std::move(value));
}

void argument_list::notice(std::string text) { collected_.notices.push_back(std::move(text)); }

void argument_list::refuse(std::string reason) {
  if (!refusal_) refusal_ = "cannot launch role " + role_.name + ": " + std::move(reason);
}

boost::system::result<command_line, std::string> argument_list::finish() && {
  if (refusal_) return *std::move(refusal_);
  return std::move(collected_);
}

void argument_list::add_flag(spellings flag, const std::string* value, std::string reason) {
  const auto name = known(flag);
  if (!name) {
    refuse(lacking(binary_, flag) + ", needed here: " + reason +
           "; name a newer binary in llama_server, or change the role");
    return;
  }
  if ((value == nullptr) != binary_.valueless.contains(*name)) {
    refuse(describe(binary_) + (value == nullptr ? " wants a value for " : " takes no value for ") +
           std::string(*name) + ", needed here: " + reason +
           "; name another binary in llama_server");
    return;
  }
  std::vector<std::string> words{std::string(*name)};
  if (value != nullptr) words.push_back(*value);
  add(std::move(words), std::move(reason));
}

bool argument_list::decided_by_registry(spellings flag) const {
  return std::ranges::any_of(role_.extra_args, [&](const std::string& word) {
    return std::ranges::any_of(flag, [&](auto name) { return binary_.same_flag(word, name); });
  });
}

}  // namespace rolecall::launcher
