#include "tools/rolectl/model_view.hpp"

#include <optional>

#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

namespace rolecall::rolectl {
namespace {

using registry::layer_group;
using registry::model_summary;
using registry::type_share;

using json_writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

/// A header's texts need not be UTF-8; JSON must be.
void write_text(json_writer& out, const std::string& text) {
  constexpr unsigned replacement = 0xFFFD;
  rapidjson::MemoryStream in{text.data(), text.size()};
  rapidjson::StringBuffer valid;
  while (in.Tell() < text.size()) {
    unsigned code_point = 0;
    const bool is_valid = rapidjson::UTF8<>::Decode(in, &code_point);
    rapidjson::UTF8<>::Encode(valid, is_valid ? code_point : replacement);
  }
  out.String(valid.GetString(), static_cast<rapidjson::SizeType>(valid.GetSize()));
}

void write_token(json_writer& out, const char* key, const std::optional<std::uint64_t>& id,
                 const std::string& piece, bool is_added) {
  out.Key(key);
  if (!id) {
    out.Null();
    return;
  }
  out.StartObject();
  out.Key("id");
  out.Uint64(*id);
  out.Key("text");
  write_text(out, piece);
  out.Key("added");
  out.Bool(is_added);
  out.EndObject();
}

void write_vocabulary(json_writer& out, const model_summary& model) {
  const auto& vocabulary = model.vocabulary;
  out.Key("vocabulary");
  out.StartObject();
  out.Key("tokens");
  out.Uint64(vocabulary.size);
  out.Key("tokenizer");
  write_text(out, vocabulary.tokenizer);
  out.Key("pre");
  write_text(out, vocabulary.pre);
  write_token(out, "bos", vocabulary.bos, model.bos, vocabulary.adds_bos);
  write_token(out, "eos", vocabulary.eos, model.eos, vocabulary.adds_eos);
  out.EndObject();
}

void write_types(json_writer& out, const model_summary& model) {
  out.Key("types");
  out.StartArray();
  for (const type_share& share : model.types) {
    out.StartObject();
    out.Key("type");
    out.String(share.type);
    out.Key("tensors");
    out.Uint64(share.tensors);
    out.Key("parameters");
    out.Uint64(share.parameters);
    out.Key("bytes");
    out.Uint64(share.bytes);
    out.Key("bits_per_weight");
    out.Double(share.bits_per_weight());
    out.EndObject();
  }
  out.EndArray();
}

void write_layers(json_writer& out, const model_summary& model) {
  out.Key("layer_groups");
  out.StartArray();
  for (const layer_group& group : model.groups) {
    out.StartObject();
    out.Key("kind");
    out.String(std::string(name_of(group.kind)));
    out.Key("bytes_each");
    out.Uint64(group.bytes);
    out.Key("layers");
    out.StartArray();
    for (const int layer : group.layers) out.Int(layer);
    out.EndArray();
    out.EndObject();
  }
  out.EndArray();
  out.Key("bytes_outside_layers");
  out.Uint64(model.outside_layers);
}

void write_files(json_writer& out, const model_summary& model) {
  out.Key("files");
  out.StartArray();
  for (const auto& file : model.files) {
    out.StartObject();
    out.Key("path");
    write_text(out, file.path);
    out.Key("bytes");
    out.Uint64(file.bytes);
    out.EndObject();
  }
  out.EndArray();
}

}  // namespace

std::string model_json(const model_summary& model) {
  rapidjson::StringBuffer buffer;
  json_writer out{buffer};
  const auto number = [&out](const char* key, auto value) {
    out.Key(key);
    out.Uint64(static_cast<std::uint64_t>(value));
  };
  const auto text = [&out](const char* key, const std::string& value) {
    out.Key(key);
    write_text(out, value);
  };
  const auto truth = [&out](const char* key, bool value) {
    out.Key(key);
    out.Bool(value);
  };
  out.StartObject();
  text("architecture", model.architecture);
  text("name", model.name);
  number("bytes", model.bytes);
  number("parameters", model.parameters);
  number("active_parameters", model.active_parameters);
  number("layers", model.layers);
  number("context", model.context);
  number("sliding_window", model.sliding_window);
  number("embedding", model.embedding);
  number("heads", model.heads);
  number("kv_heads", model.kv_heads);
  number("experts", model.experts);
  number("experts_used", model.experts_used);
  number("experts_shared", model.experts_shared);
  number("recurrent_layers", model.recurrent_layers());
  truth("encoder", model.encoder);
  truth("vision", model.vision);
  write_vocabulary(out, model);
  write_types(out, model);
  write_layers(out, model);
  write_files(out, model);
  out.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace rolecall::rolectl
