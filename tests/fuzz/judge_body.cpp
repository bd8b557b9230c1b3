#include "orchestrator/proxy/body_scan.hpp"
#include "tests/fuzz/judgement.hpp"
#include "tests/fuzz/pieces.hpp"
#include "tests/support/body_reference.hpp"

namespace rolecall::test {
namespace {

bool same(const proxy::scanned_body& a, const proxy::scanned_body& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return a.error().what == b.error().what && a.error().message == b.error().message;
  return a->model == b->model && a->model_fault == b->model_fault && a->stream == b->stream &&
         a->id_slot == b->id_slot && a->prefix == b->prefix;
}

}  // namespace

judgement judge_body(std::string_view bytes) {
  proxy::body_scan scan, pieces_scan;
  scan.feed(bytes);
  for (const auto& piece : pieces_of(bytes)) pieces_scan.feed({piece.data(), piece.size()});
  const auto whole = scan.finish();
  judgement found{.valid = whole.has_value() && whole->model_fault.empty(), .broken = {}};
  if (!same(whole, pieces_scan.finish())) found.broken = "the pieces are read otherwise";
  if (!whole && whole.error().message.empty()) found.broken = "a fault says nothing";

  const auto expected = read_by_reference(bytes);
  if (expected.what == body_reference::verdict::unlike) return found;
  if (whole.has_value() != (expected.what == body_reference::verdict::well_formed)) {
    found.broken = "RapidJSON's verdict differs";
  } else if (whole) {
    const bool too_long =
        expected.model && expected.model->size() > proxy::body_fact_finder::longest_model;
    if (whole->model_fault.empty() != (expected.model_is_text && !too_long))
      found.broken = "RapidJSON's model is of another kind";
    else if (!too_long && whole->model != expected.model)
      found.broken = "RapidJSON's model differs";
    else if (whole->stream != expected.stream)
      found.broken = "RapidJSON's stream differs";
  }
  return found;
}

}  // namespace rolecall::test
