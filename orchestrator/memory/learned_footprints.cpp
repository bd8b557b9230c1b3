#include "orchestrator/memory/learned_footprints.hpp"

#include "registry/quantities.hpp"

#include <algorithm>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace rolecall::memory {

namespace {

constexpr int format_version = 1;

byte_count with_margin(byte_count bytes) noexcept {
  return bytes + static_cast<byte_count>(static_cast<double>(bytes) * margin);
}

void member(rapidjson::Writer<rapidjson::StringBuffer>& out, const char* name,
            const std::string& text) {
  out.Key(name);
  out.String(text);
}

void member(rapidjson::Writer<rapidjson::StringBuffer>& out, const char* name,
            std::uint64_t number) {
  out.Key(name);
  out.Uint64(number);
}

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

std::uint64_t number_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() || !found->value.IsUint64() ? 0 : found->value.GetUint64();
}

}  // namespace

bool is_proven(const learned_footprint& learned) noexcept {
  return learned.busy_samples >= busy_samples_of_a_proof;
}

byte_count private_bytes_to_reserve(const registry::footprint& estimate,
                                    const learned_footprint* learned) noexcept {
  if (learned == nullptr) return estimate.private_bytes();
  const auto peak = with_margin(learned->peak_private);
  if (!is_proven(*learned)) return std::max({peak, estimate.private_bytes(), learned->after_kill});
  const auto may_grow_to = learned->peak_private + estimate.cache_ram + estimate.checkpoints;
  return std::max(peak, std::min(estimate.private_bytes(), may_grow_to));
}

std::optional<double> estimate_error(const registry::footprint& estimate,
                                     const learned_footprint& learned) noexcept {
  const auto estimated = static_cast<double>(estimate.total());
  if (estimated <= 0 || learned.samples == 0) return std::nullopt;
  const auto measured = static_cast<double>(learned.peak_private + estimate.mapped_bytes());
  const auto error = (measured - estimated) / estimated;
  if (error < 0 && !is_proven(learned)) return std::nullopt;
  return error;
}

const learned_footprint* learned_footprints::find(std::string_view fingerprint) const noexcept {
  const auto found = entries_.find(fingerprint);
  return found == entries_.end() ? nullptr : &found->second;
}

const learned_footprint& learned_footprints::record(const std::string& fingerprint,
                                                    std::string role, std::string model,
                                                    byte_count estimated,
                                                    const process_memory& sample, bool worked,
                                                    std::chrono::system_clock::time_point now) {
  auto& learned = entry(fingerprint);
  learned.role = std::move(role);
  learned.model = std::move(model);
  learned.estimated = estimated;
  learned.peak_private = std::max(learned.peak_private, sample.private_bytes());
  learned.peak_file = std::max(learned.peak_file, sample.file);
  learned.peak_pss = std::max(learned.peak_pss, sample.pss);
  ++learned.samples;
  if (worked) ++learned.busy_samples;
  if (is_proven(learned)) learned.after_kill = 0;
  learned.measured_at =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return learned;
}

const learned_footprint& learned_footprints::killed(const std::string& fingerprint,
                                                    std::string role, std::string model,
                                                    const kill_for_memory& kill,
                                                    std::chrono::system_clock::time_point now) {
  auto& learned = entry(fingerprint);
  learned.role = std::move(role);
  learned.model = std::move(model);
  const auto had = std::max({kill.reserved, kill.measured.value_or(0), learned.after_kill});
  const auto grown = had + static_cast<byte_count>(static_cast<double>(had) * growth_after_kill);
  learned.after_kill = std::min(grown, kill.limit);
  learned.busy_samples = 0;
  learned.measured_at =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return learned;
}

const learned_footprint* learned_footprints::forgive(std::string_view fingerprint) noexcept {
  const auto found = entries_.find(fingerprint);
  if (found == entries_.end() || found->second.after_kill == 0) return nullptr;
  found->second.after_kill = 0;
  return &found->second;
}

learned_footprint& learned_footprints::entry(const std::string& fingerprint) {
  if (!entries_.contains(fingerprint) && entries_.size() >= capacity)
    entries_.erase(std::ranges::min_element(
        entries_, {}, [](const auto& known) { return known.second.measured_at; }));
  return entries_[fingerprint];
}

std::string learned_footprints::to_json() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  out.StartObject();
  member(out, "version", format_version);
  out.Key("footprints");
  out.StartArray();
  for (const auto& [fingerprint, learned] : entries_) {
    out.StartObject();
    member(out, "fingerprint", fingerprint);
    member(out, "role", learned.role);
    member(out, "model", learned.model);
    member(out, "estimated_private_bytes", learned.estimated);
    member(out, "peak_private_bytes", learned.peak_private);
    member(out, "peak_file_bytes", learned.peak_file);
    member(out, "peak_pss_bytes", learned.peak_pss);
    member(out, "samples", learned.samples);
    member(out, "busy_samples", learned.busy_samples);
    member(out, "measured_at", static_cast<std::uint64_t>(learned.measured_at));
    member(out, "after_kill_bytes", learned.after_kill);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

boost::system::result<learned_footprints, std::string> learned_footprints::parse(
    std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return std::string("it is no JSON object");
  const auto version = number_of(document, "version");
  if (version != format_version)
    return "its version is " + std::to_string(version) + ", and this rolecalld reads version " +
           std::to_string(format_version);
  const auto list = document.FindMember("footprints");
  if (list == document.MemberEnd() || !list->value.IsArray())
    return std::string("it has no list of footprints");
  learned_footprints result;
  for (const auto& entry : list->value.GetArray()) {
    if (!entry.IsObject()) return std::string("a footprint is no object");
    const auto fingerprint = text_of(entry, "fingerprint");
    if (fingerprint.empty()) return std::string("a footprint has no fingerprint");
    if (result.entries_.size() >= capacity) break;
    constexpr std::uint64_t latest = 1ULL << 40;  // far beyond every clock; keeps the sign
    result.entries_[fingerprint] = {
        .role = text_of(entry, "role"),
        .model = text_of(entry, "model"),
        .estimated = number_of(entry, "estimated_private_bytes"),
        .peak_private = number_of(entry, "peak_private_bytes"),
        .peak_file = number_of(entry, "peak_file_bytes"),
        .peak_pss = number_of(entry, "peak_pss_bytes"),
        .samples = number_of(entry, "samples"),
        .busy_samples = number_of(entry, "busy_samples"),
        .measured_at = static_cast<std::int64_t>(std::min(number_of(entry, "measured_at"), latest)),
        .after_kill = number_of(entry, "after_kill_bytes")};
  }
  return result;
}

}  // namespace rolecall::memory
