#pragma once

#include <stdexcept>

namespace rolecall::tiny_gguf {

// A model that cannot be made or written; the text is for the operator.
class model_error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace rolecall::tiny_gguf
