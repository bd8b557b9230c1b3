#include "tools/rolectl/doctor_view.hpp"

#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/json_writer.hpp"

#include <algorithm>

namespace rolecall::rolectl {
namespace {

using launcher::verdict;

constexpr std::size_t verdict_width = 8;
constexpr std::size_t check_width = 16;

look look_of(verdict result) noexcept {
  switch (result) {
    case verdict::fine:
      return look::good;
    case verdict::costs:
      return look::busy;
    case verdict::bites:
      return look::bad;
    case verdict::unknown:
      return look::dim;
  }
  return look::plain;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::ptrdiff_t count(const diagnosis& found, verdict result) {
  return std::ranges::count(found.findings, result, &launcher::limit_finding::result);
}

std::string source_of(const diagnosis& found) {
  if (found.daemon) return "limits of rolecalld, pid " + std::to_string(*found.daemon);
  return "limits of this shell: no rolecalld of this user serves this registry, and its unit may "
         "set others";
}

}  // namespace

bool diagnosis::bites() const noexcept { return count(*this, verdict::bites) > 0; }

std::string doctor_text(const diagnosis& found, const screen& on) {
  std::string text =
      painted(found.registry.string() + "; " + source_of(found), look::dim, on) + "\n";
  for (const auto& finding : found.findings) {
    text += painted(padded(to_string(finding.result), verdict_width), look_of(finding.result), on) +
            padded(finding.check, check_width) +
            wrapped(tame(finding.finding, on), verdict_width + check_width, on);
    if (!finding.remedy.empty())
      text += std::string(verdict_width + check_width, ' ') +
              wrapped("→ " + finding.remedy, verdict_width + check_width, on);
  }
  text += "\n" + std::to_string(count(found, verdict::bites)) + " will bite, " +
          std::to_string(count(found, verdict::costs)) + " cost speed or comfort, " +
          std::to_string(count(found, verdict::fine)) + " are fine";
  if (const auto hidden = count(found, verdict::unknown); hidden > 0)
    text += ", " + std::to_string(hidden) + " this user cannot tell";
  return text + "\n";
}

std::string doctor_json(const diagnosis& found) {
  json_writer json;
  json.open_object();
  json.add("registry", found.registry.string());
  json.add("daemon_pid", found.daemon);
  json.add("bites", found.bites());
  json.open_array("checks");
  for (const auto& finding : found.findings) {
    json.open_object();
    json.add("check", finding.check);
    json.add("verdict", to_string(finding.result));
    json.add("finding", finding.finding);
    json.add("remedy", finding.remedy);
    json.close_object();
  }
  json.close_array();
  json.close_object();
  return std::move(json).text();
}

}  // namespace rolecall::rolectl
