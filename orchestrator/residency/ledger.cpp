#include "orchestrator/residency/ledger.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace rolecall::residency {

const char* to_string(presence state) noexcept {
  switch (state) {
    case presence::absent:
      return "absent";
    case presence::starting:
      return "starting";
    case presence::ready:
      return "ready";
    case presence::closing:
      return "closing";
    case presence::stopping:
      return "stopping";
    case presence::backoff:
      return "backoff";
    case presence::failed:
      return "failed";
  }
  return "";
}

bool is_reserved(presence state) noexcept {
  switch (state) {
    case presence::starting:
    case presence::ready:
    case presence::closing:
    case presence::stopping:
    case presence::backoff:
      return true;
    case presence::absent:
    case presence::failed:
      return false;
  }
  return false;
}

namespace {

bool stays(presence state) noexcept { return is_reserved(state) && state != presence::stopping; }

}  // namespace

ledger::ledger(catalogue known)
    : known_(std::move(known)),
      reserved_(known_),
      staying_(known_),
      rows_(known_.instances.size()) {}

void ledger::move(instance_id instance, presence to) {
  const auto state = rows_[instance].state;
  if (is_reserved(to) && !is_reserved(state) && !fits(instance))
    throw std::logic_error("cannot reserve " + std::to_string(reserved_.added_by(instance)) +
                           " bytes: only " + std::to_string(free()) + " are free");
  take_over(instance, to);
}

void ledger::take_over(instance_id instance, presence to) {
  auto& state = rows_[instance].state;
  const auto follow = [&](holdings& held, bool before, bool after) {
    if (after && !before) held.add(instance);
    if (before && !after) held.remove(instance);
  };
  follow(reserved_, is_reserved(state), is_reserved(to));
  follow(staying_, stays(state), stays(to));
  state = to;
}

void ledger::set_footprint(instance_id instance, byte_count footprint) {
  const auto state = rows_[instance].state;
  if (is_reserved(state)) reserved_.remove(instance);
  if (stays(state)) staying_.remove(instance);
  known_.instances[instance].footprint = footprint;
  if (is_reserved(state)) reserved_.add(instance);
  if (stays(state)) staying_.add(instance);
}

void ledger::reconfigure(catalogue next) {
  known_ = std::move(next);
  rows_.resize(known_.instances.size());
  reserved_ = holdings(known_);
  staying_ = holdings(known_);
  for (instance_id id = 0; id < size(); ++id) {
    if (is_reserved(rows_[id].state)) reserved_.add(id);
    if (stays(rows_[id].state)) staying_.add(id);
  }
}

byte_count ledger::free() const noexcept { return budget() - std::min(budget(), reserved()); }

}  // namespace rolecall::residency
