#pragma once

#include "registry/registry.hpp"

#include <cstddef>
#include <initializer_list>
#include <vector>

namespace rolecall::registry {

/// How much memory the tensors of one compute graph take when ggml lays them out, a tensor's place
/// being used again after its last reader. Follows ggml-alloc.c of llama.cpp: inputs first, then
/// nodes in order, best fit, results in a parent's place where the operation allows it
/// (ggml_gallocr_alloc_graph_impl, ggml_gallocr_allocate_node, ggml_dyn_tallocr_alloc).
///
/// Weights and caches live elsewhere and are left out. Add tensors in the order in which llama.cpp
/// computes them, then ask for size() once.
class graph_allocation {
 public:
  using tensor = std::size_t;
  using parents = std::initializer_list<tensor>;

  /// Filled from outside, placed before any node.
  tensor input(byte_count bytes);
  /// A result with memory of its own.
  tensor node(byte_count bytes, parents of);
  /// A result that takes the place of the first parent of its size that nobody else reads.
  tensor in_place(byte_count bytes, parents of);
  /// A part of `of`, without memory of its own. Nothing is computed in its place.
  tensor part(tensor of);
  /// Something that reads its parents and writes to a cache.
  void sink(parents of);

  /// Bytes of the buffer that holds them all.
  [[nodiscard]] byte_count size() const;

 private:
  enum class kind { input, node, in_place, part, sink };
  struct entry {
    kind what;
    byte_count bytes;
    std::vector<tensor> parents;
  };
  tensor add(kind what, byte_count bytes, parents of);

  std::vector<entry> entries_;
};

}  // namespace rolecall::registry
