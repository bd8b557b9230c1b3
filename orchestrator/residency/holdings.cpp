#include "orchestrator/residency/holdings.hpp"

namespace rolecall::residency {

void holdings::add(instance_id instance) {
  bytes_ += added_by(instance);
  for (const auto file : known_->instances[instance].files) ++holders_[file];
}

void holdings::remove(instance_id instance) {
  bytes_ -= freed_by(instance);
  for (const auto file : known_->instances[instance].files) --holders_[file];
}

byte_count holdings::share(instance_id instance, std::uint32_t holders) const {
  const auto& what = known_->instances[instance];
  auto sum = what.footprint;
  for (const auto file : what.files)
    if (holders_[file] == holders) sum += known_->files[file].bytes;
  return sum;
}

}  // namespace rolecall::residency
