#include "registry/graph_allocation.hpp"

#include <algorithm>

namespace rolecall::registry {

namespace {

constexpr byte_count alignment = 32;  // TENSOR_ALIGNMENT of ggml's CPU buffers

byte_count aligned(byte_count bytes) { return (bytes + alignment - 1) / alignment * alignment; }

/// Free space in a buffer that may grow at its end (ggml_dyn_tallocr).
class free_space {
 public:
  byte_count take(byte_count bytes) {
    auto best = gaps_.end();
    for (auto g = gaps_.begin(); g != gaps_.end(); ++g) {
      if (g->bytes >= bytes && (best == gaps_.end() || g->bytes < best->bytes)) best = g;
    }
    if (best == gaps_.end()) {
      const byte_count place = end_;
      end_ += bytes;
      most_ = std::max(most_, end_);
      return place;
    }
    const byte_count place = best->place;
    best->place += bytes;
    best->bytes -= bytes;
    if (best->bytes == 0) gaps_.erase(best);
    return place;
  }

  void give_back(byte_count place, byte_count bytes) {
    auto after =
        std::find_if(gaps_.begin(), gaps_.end(), [&](const gap& g) { return g.place > place; });
    if (after != gaps_.begin() && (after - 1)->place + (after - 1)->bytes == place) {
      --after;
      after->bytes += bytes;
    } else {
      after = gaps_.insert(after, {place, bytes});
    }
    const auto next = after + 1;
    if (next != gaps_.end() && after->place + after->bytes == next->place) {
      after->bytes += next->bytes;
      gaps_.erase(next);
    }
    if (gaps_.back().place + gaps_.back().bytes == end_) {
      end_ = gaps_.back().place;
      gaps_.pop_back();
    }
  }

  [[nodiscard]] byte_count most() const noexcept { return most_; }

 private:
  struct gap {
    byte_count place;
    byte_count bytes;
  };
  std::vector<gap> gaps_;  // by place, none touching another or the end
  byte_count end_ = 0;
  byte_count most_ = 0;
};

}  // namespace

graph_allocation::tensor graph_allocation::add(kind what, byte_count bytes, parents of) {
  entries_.push_back({what, bytes, of});
  return entries_.size() - 1;
}

graph_allocation::tensor graph_allocation::input(byte_count bytes) {
  return add(kind::input, aligned(bytes), {});
}
graph_allocation::tensor graph_allocation::node(byte_count bytes, parents of) {
  return add(kind::node, aligned(bytes), of);
}
graph_allocation::tensor graph_allocation::in_place(byte_count bytes, parents of) {
  return add(kind::in_place, aligned(bytes), of);
}
graph_allocation::tensor graph_allocation::part(tensor of) { return add(kind::part, 0, {of}); }
void graph_allocation::sink(parents of) { add(kind::sink, 0, of); }

byte_count graph_allocation::size() const {
  // `owner` is the tensor whose memory a part shows; `held` whether that memory is still its own.
  struct placement {
    tensor owner = 0;
    std::size_t readers = 0;
    std::size_t parts = 0;
    byte_count place = 0;
    bool held = false;
  };
  std::vector<placement> placed(entries_.size());
  free_space space;
  for (tensor t = 0; t < entries_.size(); ++t) {
    const entry& e = entries_[t];
    placed[t].owner = e.what == kind::part ? placed[e.parents.front()].owner : t;
    if (e.what == kind::part) ++placed[placed[t].owner].parts;
    // Making a part is an operation of ggml's too, but reads nothing.
    else
      for (const tensor parent : e.parents) ++placed[parent].readers;
    if (e.what == kind::input) {
      placed[t].place = space.take(e.bytes);
      placed[t].held = true;
    }
  }
  const auto release = [&](tensor t) {
    placement& p = placed[t];
    if (p.readers != 0 || p.parts != 0 || !p.held) return;
    space.give_back(p.place, entries_[t].bytes);
    p.held = false;
  };
  for (tensor t = 0; t < entries_.size(); ++t) {
    const entry& e = entries_[t];
    if (e.what == kind::input || e.what == kind::part) continue;
    if (e.what != kind::sink) {
      const auto reused = std::find_if(e.parents.begin(), e.parents.end(), [&](tensor parent) {
        const placement& p = placed[parent];
        return e.what == kind::in_place && p.held && p.readers == 1 && p.parts == 0 &&
               entries_[parent].bytes == e.bytes;
      });
      if (reused != e.parents.end()) {
        placed[*reused].held = false;
        placed[t].place = placed[*reused].place;
      } else {
        placed[t].place = space.take(e.bytes);
      }
      placed[t].held = true;
    }
    for (const tensor parent : e.parents) {
      placement& p = placed[parent];
      --p.readers;
      if (p.owner == parent) {
        release(parent);
      } else if (p.readers == 0) {
        --placed[p.owner].parts;
        release(p.owner);
      }
    }
  }
  return space.most();
}

}  // namespace rolecall::registry
