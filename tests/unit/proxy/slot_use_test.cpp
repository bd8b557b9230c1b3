#include "orchestrator/proxy/slot_use.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;
using boost::beast::http::verb;
using rolecall::residency::lease_kind;
using rolecall::residency::request_priority;

namespace {

request_priority with_field(std::string_view name, std::string_view value) {
  header_fields fields;
  fields.add(boost::beast::http::field::host, "Host", "background");
  fields.add(boost::beast::http::field::unknown, name, value);
  return priority_of(fields);
}

}  // namespace

TEST_CASE("proxy: generation, embedding and reranking take a slot, whatever their query") {
  for (const auto* target :
       {"/v1/chat/completions", "/chat/completions", "/v1/completions", "/completion",
        "/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/embedding",
        "/embeddings", "/v1/rerank", "/rerank", "/reranking", "/infill", "/v1/audio/transcriptions",
        "/api/chat", "/completion?a=b", "/v1/messages?beta=true", "/v1/chat/complet%69ons"})
    CHECK_MESSAGE(lease_kind_of(verb::post, target) == lease_kind::slot, target);
}

TEST_CASE("proxy: what llama-server answers beside its slots takes none") {
  for (const auto* target :
       {"/tokenize", "/detokenize", "/apply-template", "/v1/messages/count_tokens",
        "/v1/responses/input_tokens", "/v1/chat/completions/input_tokens", "/slots/0?action=save",
        "/lora-adapters", "/props", "/", "", "/v1", "/completions/", "/no/completion"})
    CHECK_MESSAGE(lease_kind_of(verb::post, target) == lease_kind::slotless, target);
  for (const auto* target : {"/slots", "/metrics", "/health", "/props", "/completion"})
    CHECK_MESSAGE(lease_kind_of(verb::get, target) == lease_kind::slotless, target);
}

TEST_CASE("proxy: X-Priority says background, in any case; everything else is interactive") {
  CHECK(with_field("X-Priority", "background") == request_priority::background);
  CHECK(with_field("x-priority", "Background") == request_priority::background);
  CHECK(with_field("X-Priority", "interactive") == request_priority::interactive);
  CHECK(with_field("X-Priority", "") == request_priority::interactive);
  CHECK(with_field("X-Priority-Of", "background") == request_priority::interactive);
  CHECK(priority_of(header_fields{}) == request_priority::interactive);
}
