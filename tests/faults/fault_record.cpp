#include "tests/faults/fault_record.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <utility>

namespace rolecall::test {

using std::chrono::steady_clock;

namespace {

// A client takes its times around what it measures.
constexpr std::chrono::milliseconds slack{20};

double milliseconds(steady_clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// "3.1 / 9.0", median and most.
std::string spread(std::vector<double> values) {
  if (values.empty()) return "-";
  std::ranges::sort(values);
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(1);
  text << values[values.size() / 2] << " / " << values.back();
  return text.str();
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

fault_record::ticket fault_record::begin(std::string kind, std::vector<std::string> roles) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(
      {.kind = std::move(kind), .roles = std::move(roles), .begin = steady_clock::now()});
  return faults_.size() - 1;
}

void fault_record::noticed(ticket which) {
  const std::lock_guard lock(mutex_);
  faults_[which].noticed = steady_clock::now();
}

void fault_record::end(ticket which) {
  const std::lock_guard lock(mutex_);
  faults_[which].end = steady_clock::now();
}

void fault_record::mended(ticket which) {
  const std::lock_guard lock(mutex_);
  faults_[which].mended = steady_clock::now();
}

bool fault_record::excuses(std::string_view role, moment from, moment to) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(faults_, [&](const fault& each) {
    return std::ranges::count(each.roles, role) > 0 && each.begin <= to + slack &&
           (!each.end || *each.end >= from - slack);
  });
}

void fault_record::note(std::vector<std::string>& list, std::string what) {
  const std::lock_guard lock(mutex_);
  std::cout << "VIOLATION: " << what << std::endl;
  list.push_back(std::move(what));
}

void fault_record::lost(std::string what) { note(lost_, "lost: " + std::move(what)); }
void fault_record::orphan(std::string what) { note(orphans_, "orphan: " + std::move(what)); }
void fault_record::wrong_adoption(std::string what) {
  note(wrong_adoptions_, "wrong adoption: " + std::move(what));
}
void fault_record::not_back(std::string what) { note(not_back_, "not back: " + std::move(what)); }

void fault_record::left_out(std::string kind, std::string why) {
  const std::lock_guard lock(mutex_);
  left_out_[std::move(kind)] = std::move(why);
}

bool fault_record::is_clean() const {
  const std::lock_guard lock(mutex_);
  return !faults_.empty() && answered_ > 0 && lost_.empty() && orphans_.empty() &&
         wrong_adoptions_.empty() && not_back_.empty();
}

std::string fault_record::table() const {
  constexpr std::size_t kind_width = 44;
  constexpr std::size_t count_width = 9;
  constexpr std::size_t spread_width = 24;
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> kinds;
  std::map<std::string, std::size_t> counts;
  for (const auto& each : faults_) {
    auto& [noticed, mended] = kinds[each.kind];
    ++counts[each.kind];
    if (each.noticed) noticed.push_back(milliseconds(*each.noticed - each.begin));
    if (each.mended) mended.push_back(milliseconds(*each.mended - each.begin));
  }
  std::string text = padded("fault", kind_width) + padded("injected", count_width) +
                     padded("noticed, ms median/max", spread_width) + "mended, ms median/max\n";
  for (const auto& [kind, times] : kinds)
    text += padded(kind, kind_width) + padded(std::to_string(counts.at(kind)), count_width) +
            padded(spread(times.first), spread_width) + spread(times.second) + '\n';
  for (const auto& [kind, why] : left_out_) text += kind + ": left out, " + why + '\n';
  const auto line = [&text](const char* what, std::uint64_t count) {
    text += padded(what, kind_width) + std::to_string(count) + '\n';
  };
  line("faults injected", faults_.size());
  line("requests answered", answered_);
  line("requests in flight on what was hit", interrupted_);
  line("requests lost otherwise", lost_.size());
  line("orphans", orphans_.size());
  line("wrong adoptions", wrong_adoptions_.size());
  line("roles not back to their desired state", not_back_.size());
  return text;
}

}  // namespace rolecall::test
