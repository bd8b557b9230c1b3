#include "orchestrator/residency/ledger.hpp"

#include <stdexcept>
#include <string>

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

ledger::ledger(const catalogue& known) : budget_(known.budget), rows_(known.instances.size()) {
  for (const auto& instance : known.instances) footprints_.push_back(instance.footprint);
}

void ledger::move(instance_id instance, presence to) {
  auto& state = rows_[instance].state;
  const auto footprint = footprints_[instance];
  if (is_reserved(to) && !is_reserved(state)) {
    if (footprint > free())
      throw std::logic_error("cannot reserve " + std::to_string(footprint) + " bytes: only " +
                             std::to_string(free()) + " are free");
    reserved_ += footprint;
  }
  if (!is_reserved(to) && is_reserved(state)) reserved_ -= footprint;
  if (to == presence::stopping && state != presence::stopping) leaving_ += footprint;
  if (to != presence::stopping && state == presence::stopping) leaving_ -= footprint;
  state = to;
}

}  // namespace rolecall::residency
