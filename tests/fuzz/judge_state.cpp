// Files of state_dir: what is taken is written back as it was read.
#include "orchestrator/memory/learned_footprints.hpp"
#include "orchestrator/supervision/instance_record.hpp"
#include "tests/fuzz/judgement.hpp"

namespace rolecall::test {

judgement judge_record(std::string_view bytes) {
  const auto record = supervision::parse_instance_record(bytes);
  judgement found{.valid = record.has_value(), .broken = {}};
  if (!record) {
    if (record.error().empty()) found.broken = "a refusal says nothing";
    return found;
  }
  const auto again = supervision::parse_instance_record(supervision::to_json(*record));
  if (!again || !(*again == *record)) found.broken = "the record is not read as it was written";
  return found;
}

judgement judge_footprints(std::string_view bytes) {
  const auto learned = memory::learned_footprints::parse(bytes);
  judgement found{.valid = learned.has_value(), .broken = {}};
  if (!learned) {
    if (learned.error().empty()) found.broken = "a refusal says nothing";
    return found;
  }
  const auto again = memory::learned_footprints::parse(learned->to_json());
  if (!again || !(*again == *learned))
    found.broken = "footprints are not read as they were written";
  return found;
}

}  // namespace rolecall::test
