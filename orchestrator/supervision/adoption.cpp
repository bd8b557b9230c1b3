#include "orchestrator/supervision/adoption.hpp"

#include <algorithm>

namespace rolecall::supervision {
namespace {

/// Both as the engine was told.
bool is_same_path(const std::filesystem::path& a, const std::filesystem::path& b) {
  return a.lexically_normal() == b.lexically_normal();
}

std::string text_of(const std::vector<std::string>& words) {
  constexpr std::size_t longest = 200;
  std::string text;
  for (const auto& word : words) (text += text.empty() ? "" : " ") += word;
  if (text.size() <= longest) return text;
  text.resize(longest);
  return text.append(" …");
}

/// What it serves otherwise than recorded; empty: nothing. What one of them does not tell is not
/// compared.
std::string difference(const instance_record& record, const served_model& served) {
  const auto at_port = "port " + std::to_string(record.port) + " is served by pid " +
                       std::to_string(record.process.pid) + " with ";
  const auto model = record.served.path ? *record.served.path : record.model.string();
  if (served.path && !model.empty() && !is_same_path(*served.path, model))
    return at_port + "model " + *served.path + ", not " + model;
  const auto slots = record.served.slots.value_or(record.slots);
  if (served.slots && slots != 0 && *served.slots != slots)
    return at_port + std::to_string(*served.slots) + " slots, not " + std::to_string(slots);
  if (served.context && record.served.context && *served.context != *record.served.context)
    return at_port + "a context of " + std::to_string(*served.context) + " tokens a slot, not " +
           std::to_string(*record.served.context);
  return {};
}

/// How the registry wants it by now; empty: as it is.
std::string change(const instance_record& record, const wanted_process* wanted) {
  if (wanted == nullptr)
    return "the registry has no such instance at port " + std::to_string(record.port) + " any more";
  if (wanted->environment != record.environment) return "changed: its environment";
  const auto [was, is] = std::ranges::mismatch(record.argv, wanted->argv);
  if (was == record.argv.end() && is == wanted->argv.end()) return {};
  const auto word = [](auto at, auto end) { return at == end ? "nothing" : "'" + *at + "'"; };
  return "changed: its command line has " + word(is, wanted->argv.end()) + " where it had " +
         word(was, record.argv.end());
}

}  // namespace

const char* to_string(adoption what) noexcept {
  switch (what) {
    case adoption::ready:
      return "ready";
    case adoption::loading:
      return "loading";
    case adoption::unfit:
      return "unfit";
    case adoption::stranger:
      return "stranger";
    case adoption::gone:
      return "gone";
  }
  return "";
}

adoption_verdict judge(const instance_record& record, const process_facts& facts,
                       const wanted_process* wanted) {
  if (!facts.alive) return {adoption::gone, {}};
  if (facts.arguments && !launcher::are_arguments_of(record.argv, *facts.arguments))
    return {adoption::stranger, "pid " + std::to_string(record.process.pid) + " runs " +
                                    text_of(*facts.arguments) + ", which was not launched as " +
                                    record.instance};
  if (facts.listener == process_facts::port::stranger) return {adoption::stranger, facts.owner};
  if (auto other = change(record, wanted); !other.empty())
    return {adoption::unfit, std::move(other)};
  if (record.stopping) return {adoption::unfit, "it was told to end"};
  if (facts.listener == process_facts::port::nobody || !facts.healthy)
    return {adoption::loading, {}};
  if (auto other = difference(record, facts.served); !other.empty())
    return {adoption::stranger, std::move(other)};
  return {adoption::ready, {}};
}

}  // namespace rolecall::supervision
