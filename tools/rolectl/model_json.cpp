#include "tools/rolectl/json_writer.hpp"
#include "tools/rolectl/model_view.hpp"

namespace rolecall::rolectl {
namespace {

using registry::model_summary;

void add_token(json_writer& out, const char* key, const std::optional<std::uint64_t>& id,
               const std::string& piece, bool is_added) {
  if (!id) return out.add_null(key);
  out.open_object(key);
  out.add("id", *id);
  out.add("text", piece);
  out.add("added", is_added);
  out.close_object();
}

void add_vocabulary(json_writer& out, const model_summary& model) {
  const auto& vocabulary = model.vocabulary;
  out.open_object("vocabulary");
  out.add("tokens", vocabulary.size);
  out.add("tokenizer", vocabulary.tokenizer);
  out.add("pre", vocabulary.pre);
  add_token(out, "bos", vocabulary.bos, model.bos, vocabulary.adds_bos);
  add_token(out, "eos", vocabulary.eos, model.eos, vocabulary.adds_eos);
  out.close_object();
}

void add_types(json_writer& out, const model_summary& model) {
  out.open_array("types");
  for (const auto& share : model.types) {
    out.open_object();
    out.add("type", share.type);
    out.add("tensors", share.tensors);
    out.add("parameters", share.parameters);
    out.add("bytes", share.bytes);
    out.add("bits_per_weight", share.bits_per_weight());
    out.close_object();
  }
  out.close_array();
}

void add_layers(json_writer& out, const model_summary& model) {
  out.open_array("layer_groups");
  for (const auto& group : model.groups) {
    out.open_object();
    out.add("kind", name_of(group.kind));
    out.add("bytes_each", group.bytes);
    out.add("layers", group.layers);
    out.close_object();
  }
  out.close_array();
  out.add("bytes_outside_layers", model.outside_layers);
}

void add_files(json_writer& out, const model_summary& model) {
  out.open_array("files");
  for (const auto& file : model.files) {
    out.open_object();
    out.add("path", file.path);
    out.add("bytes", file.bytes);
    out.close_object();
  }
  out.close_array();
}

}  // namespace

std::string model_json(const model_summary& model) {
  json_writer out;
  out.open_object();
  out.add("architecture", model.architecture);
  out.add("name", model.name);
  out.add("bytes", model.bytes);
  out.add("parameters", model.parameters);
  out.add("active_parameters", model.active_parameters);
  out.add("layers", model.layers);
  out.add("context", model.context);
  out.add("sliding_window", model.sliding_window);
  out.add("embedding", model.embedding);
  out.add("heads", model.heads);
  out.add("kv_heads", model.kv_heads);
  out.add("experts", model.experts);
  out.add("experts_used", model.experts_used);
  out.add("experts_shared", model.experts_shared);
  out.add("recurrent_layers", model.recurrent_layers());
  out.add("encoder", model.encoder);
  out.add("vision", model.vision);
  add_vocabulary(out, model);
  add_types(out, model);
  add_layers(out, model);
  add_files(out, model);
  out.close_object();
  return std::move(out).text();
}

}  // namespace rolecall::rolectl
