#include "orchestrator/admin/valid_utf8.hpp"

#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/stringbuffer.h>

namespace rolecall::admin {

std::string valid_utf8(std::string_view text) {
  constexpr unsigned replacement = 0xFFFD;
  rapidjson::MemoryStream in{text.data(), text.size()};
  rapidjson::StringBuffer out;
  while (in.Tell() < text.size()) {
    unsigned code_point = 0;
    const bool valid = rapidjson::UTF8<>::Decode(in, &code_point);
    rapidjson::UTF8<>::Encode(out, valid ? code_point : replacement);
  }
  return {out.GetString(), out.GetSize()};
}

}  // namespace rolecall::admin
