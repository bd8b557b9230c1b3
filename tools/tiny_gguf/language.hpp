#pragma once

#include "tools/tiny_gguf/successors.hpp"
#include "tools/tiny_gguf/vocabulary.hpp"

namespace rolecall::tiny_gguf {

// What every text-generating kind knows: words, and what follows what.
struct language {
  vocabulary words;
  successors order{words};
};

}  // namespace rolecall::tiny_gguf
