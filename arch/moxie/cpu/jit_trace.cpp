// Finding a trace; see jit_trace.h.
#include "arch/moxie/cpu/jit_trace.h"

#include <algorithm>

#include "arch/moxie/cpu/jit_frame.h"
#include "arch/moxie/cpu/jit_guess.h"
#include "arch/moxie/cpu/jit_values.h"
#include "arch/moxie/cpu/scan.h"

namespace moxie {

namespace {

constexpr size_t kMaxInsns = 96;
constexpr size_t kMaxLoop = 24;     // that is repeated in its trace
constexpr size_t kMaxDepth = 6;     // calls within calls

// May be done and not done: it cannot fail, and its result can be selected.
bool is_optional(const Insn& insn) {
  switch (insn.op) {
    case Op::ldi_l:
    case Op::ldi_b:
    case Op::ldi_s:
    case Op::mov:
    case Op::add:
    case Op::sub:
    case Op::and_:
    case Op::or_:
    case Op::xor_:
    case Op::inc:
    case Op::dec: return in_host_register(insn.a);
    default: return false;
  }
}

class Finder {
 public:
  Finder(const Memory& memory, const Registers& regs)
      : memory_(memory), regs_(regs), relocating_(regs.reloc_len != 0), guess_(memory, regs) {}

  Trace find();

 private:
  // A call that the trace went into.
  struct Call {
    uint32_t entry, back;
    Value fp, callers_fp;  // of the callee; of the caller, which the frame holds
    bool intact = true;    // nothing else was written there since
    unsigned instance;     // of the caller
  };

  TraceInsn& add(const Insn& insn);
  bool follow(TraceInsn& t);
  bool branch(TraceInsn& t);
  bool call(TraceInsn& t, uint32_t target, bool certain);
  bool ret(TraceInsn& t);
  bool go_to(TraceInsn& t, uint32_t target);
  void note_store(const TraceInsn& t);
  bool visited(uint32_t pc) const;
  bool repeats(uint32_t pc) const;
  void simplify(TraceInsn& t) const;
  void look_at_marks();

  // A store whose base is the start's value of something.
  struct Store {
    size_t index;
    Value at;
    uint8_t bytes;
    bool seen = false;
  };

  const Memory& memory_;
  const Registers& regs_;
  const bool relocating_;
  Trace trace_;
  uint32_t pc_ = 0;
  Values values_;
  Guess guess_;
  std::vector<Call> calls_;
  std::vector<unsigned> instances_;  // for each instruction, which instance of its function
  unsigned instance_ = 0, last_instance_ = 0;
  std::vector<Store> stores_;
};

// The pcs of this instance of the function; another one may have the same.
bool Finder::visited(uint32_t pc) const {
  if (pc == regs_.pc) return true;
  for (size_t i = 0; i < trace_.insns.size(); ++i)
    if (instances_[i] == instance_ && trace_.insns[i].pc == pc) return true;
  return false;
}

// A loop that is the whole trace goes round a few times in it.
bool Finder::repeats(uint32_t pc) const {
  return pc == regs_.pc && calls_.empty() && trace_.insns.size() < kMaxLoop;
}

// The same result by a simpler instruction, which tells more about it.
void Finder::simplify(TraceInsn& t) const {
  Insn& insn = t.insn;
  if ((insn.op == Op::zex_b && values_.is_byte(insn.b)) ||
      (insn.op == Op::zex_s && values_.is_short(insn.b)))
    insn.op = Op::mov;
  if ((insn.op == Op::xor_ || insn.op == Op::sub) && insn.a == insn.b) {
    insn.op = Op::ldi_l;
    insn.imm = 0;
  }
  if (insn.op == Op::mov && insn.a == insn.b) insn.op = Op::nop;
}

TraceInsn& Finder::add(const Insn& insn) {
  TraceInsn& t = trace_.insns.emplace_back();
  instances_.push_back(instance_);
  t.insn = insn;
  t.pc = pc_;
  t.next = pc_ + insn.length;
  if (!trace_.code.empty() && trace_.code.back().end == t.pc)
    trace_.code.back().end = t.next;
  else
    trace_.code.push_back({t.pc, t.next});
  simplify(t);
  t.constant_a = values_.constant(insn.a);
  t.constant_b = values_.constant(insn.b);
  t.access = access_of(t.insn);
  if (t.access.bytes != 0 && !t.access.absolute && !relocating_) {
    Value at = values_[t.access.reg];
    at.offset += static_cast<uint32_t>(t.access.offset);
    t.aligned = values_.prove_alignment(at, t.access.alignment);
  }
  if (t.access.write) {
    t.marks = {0};
    t.marks_bytes = t.access.bytes;
    note_store(t);
  }
  return t;
}

void Finder::note_store(const TraceInsn& t) {
  Value at = values_[t.access.reg];
  at.offset += static_cast<uint32_t>(t.access.offset);
  const bool known = !t.access.absolute && !relocating_ && at.base != 0;
  for (Call& call : calls_) {
    const uint32_t distance = at.offset - call.fp.offset;  // the frame is [0, 8)
    const bool apart =
        known && at.base == call.fp.base && distance >= 8 && distance <= 0u - t.access.bytes;
    if (!apart) call.intact = false;
  }
  if (known) stores_.push_back({trace_.insns.size() - 1, at, t.access.bytes});
}

// Goes on at a fixed address, or ends there.
bool Finder::go_to(TraceInsn& t, uint32_t target) {
  t.target = target;
  t.flow = visited(target) ? TraceInsn::end : TraceInsn::on;
  pc_ = target;
  return t.flow == TraceInsn::on;
}

bool Finder::branch(TraceInsn& t) {
  t.target = t.next + t.insn.imm;
  const bool forward = t.target > t.pc;
  if (forward) {
    const Insn skipped = plain_insn(memory_, t.next);
    const bool skips = is_optional(skipped) && t.target == t.next + skipped.length;
    t.flow = skips ? TraceInsn::skip_if_taken : TraceInsn::on_if_untaken;
    pc_ = t.next;
    if (!skips) return true;
    add(skipped);
    values_.execute(trace_.insns.back().insn, true);
    guess_.execute(skipped);
    pc_ += skipped.length;
    return true;
  }
  if (visited(t.target) && !repeats(t.target)) {
    t.flow = TraceInsn::end;
    return false;
  }
  t.flow = TraceInsn::on_if_taken;
  pc_ = t.target;
  return true;
}

bool Finder::call(TraceInsn& t, uint32_t target, bool certain) {
  t.target = target;
  const Value sp = values_[kSp];
  const Value fp{sp.base, sp.offset - 12};
  if (values_[kFp].base == sp.base && sp.base != 0) t.fp_moves_by = fp.offset - values_[kFp].offset;
  const bool recursion =
      std::ranges::any_of(calls_, [&](const Call& c) { return c.entry == target; });
  const bool goes_in = calls_.size() < kMaxDepth && !recursion && target != regs_.pc &&
                       trace_.insns.size() + 8 < kMaxInsns;
  t.flow = !goes_in ? TraceInsn::end : certain ? TraceInsn::on : TraceInsn::on_if_expected;
  if (!goes_in) return false;
  calls_.push_back({.entry = target,
                    .back = t.next,
                    .fp = fp,
                    .callers_fp = values_[kFp],
                    .intact = !relocating_ && sp.base != 0,
                    .instance = instance_});
  instance_ = ++last_instance_;
  if (!certain) values_.set(t.insn.a, {.base = 0, .offset = target});
  values_.set(kSp, fp);
  values_.set(kFp, fp);
  guess_.call(t.next);
  pc_ = target;
  return true;
}

bool Finder::ret(TraceInsn& t) {
  const Value fp = values_[kFp];
  const Value sp{fp.base, fp.offset + 12};
  if (fp.base == values_[kSp].base && fp.base != 0) t.moves_by = sp.offset - values_[kSp].offset;
  const auto back = guess_.ret();
  if (calls_.empty()) {
    if (!back || trace_.insns.size() == 1 || relocating_) {
      t.flow = TraceInsn::end;
      return false;
    }
    t.target = pc_ = *back;
    t.flow = TraceInsn::on_if_expected;
    instance_ = ++last_instance_;
    values_.set(kSp, sp);
    values_.forget(kFp);
    return true;
  }
  if (calls_.back().fp != fp) {
    t.flow = TraceInsn::end;
    return false;
  }
  const Call call = calls_.back();
  calls_.pop_back();
  t.target = pc_ = call.back;
  instance_ = call.instance;
  t.flow = call.intact ? TraceInsn::on : TraceInsn::on_if_expected;
  values_.set(kSp, sp);
  values_.forget(kFp);
  if (call.intact) {
    values_.set(kFp, call.callers_fp);
    if (call.callers_fp.base == fp.base) t.fp_moves_by = call.callers_fp.offset - fp.offset;
  }
  return true;
}

// Goes on behind t, if there is one way to.
bool Finder::follow(TraceInsn& t) {
  const Insn& insn = t.insn;
  if (is_branch(insn.op)) return branch(t);
  switch (insn.op) {
    case Op::jmpa: return go_to(t, insn.imm);
    case Op::jsra: return call(t, insn.imm, true);
    case Op::jsr:
      if (t.constant_a) return call(t, *t.constant_a, true);
      // If the guess is wrong, this is where the block is left for.
      if (guess_[insn.a] && trace_.insns.size() > 1 && call(t, *guess_[insn.a], false)) return true;
      t.flow = TraceInsn::end;
      t.target = 0;
      return false;
    case Op::ret: return ret(t);
    case Op::jmp: t.flow = TraceInsn::end; return false;
    case Op::mov: {
      const Value &a = values_[insn.a], &b = values_[insn.b];
      if (a.base == b.base && a.base != 0) t.moves_by = b.offset - a.offset;
      break;
    }
    default: break;
  }
  values_.execute(insn);
  guess_.execute(insn);
  pc_ = t.next;
  return true;
}

// One look for every store at a fixed distance from one that comes before it, eight bytes at a time.
void Finder::look_at_marks() {
  for (size_t i = 0; i < stores_.size(); ++i) {
    const Store& first = stores_[i];
    TraceInsn& t = trace_.insns[first.index];
    if (first.seen) {
      t.marks.clear();
      continue;
    }
    // Each stands for the eight bytes around it.
    std::vector<int32_t> marks = {first.bytes == 8 ? 4 : 0};
    const auto seen = [&marks](int32_t at, int32_t bytes) {
      return std::ranges::any_of(marks,
                                 [&](int32_t m) { return at >= m - 4 && at + bytes <= m + 4; });
    };
    bool others = false;
    for (Store& s : std::span(stores_).subspan(i + 1)) {
      const auto at = static_cast<int32_t>(s.at.offset - first.at.offset);
      if (s.seen || s.at.base != first.at.base || at < -kMarksNear || at > kMarksNear) continue;
      s.seen = others = true;
      if (s.bytes == 8 && !seen(at, 8)) marks.push_back(at + 4);
      if (s.bytes < 8 && !seen(at, s.bytes)) marks.push_back(at);
    }
    if (!others) continue;
    for (int32_t& m : marks) m -= 4;
    t.marks = marks;
    t.marks_bytes = 8;
  }
}

Trace Finder::find() {
  pc_ = regs_.pc;
  trace_.insns.reserve(kMaxInsns + 1);
  for (;;) {
    // Without a jump it can come round only behind a jump back.
    const bool round = !trace_.insns.empty() && visited(pc_) && !repeats(pc_);
    if (!trace_.insns.empty() && pc_ == regs_.pc) instance_ = ++last_instance_;
    const Insn insn = plain_insn(memory_, pc_);
    if (insn.op == Op::bad || round || trace_.insns.size() >= kMaxInsns) {
      trace_.falls_to = pc_;
      break;
    }
    if (!follow(add(insn))) break;
  }
  look_at_marks();
  return std::move(trace_);
}

Access access(unsigned reg, int32_t offset, unsigned bytes, bool write) {
  return {.reg = static_cast<uint8_t>(reg),
          .bytes = static_cast<uint8_t>(bytes),
          .alignment = static_cast<uint8_t>(std::min(bytes, 4u)),
          .write = write,
          .offset = offset};
}

}  // namespace

Access access_of(const Insn& insn) {
  const auto imm = static_cast<int32_t>(insn.imm);
  const auto fixed = [&](unsigned bytes, bool write) {
    Access result = access(0, imm, bytes, write);
    result.absolute = true;
    return result;
  };
  switch (insn.op) {
    case Op::lda_l: return fixed(4, false);
    case Op::lda_s: return fixed(2, false);
    case Op::lda_b: return fixed(1, false);
    case Op::sta_l: return fixed(4, true);
    case Op::sta_s: return fixed(2, true);
    case Op::sta_b: return fixed(1, true);
    case Op::ld_l: return access(insn.b, 0, 4, false);
    case Op::ld_s: return access(insn.b, 0, 2, false);
    case Op::ld_b: return access(insn.b, 0, 1, false);
    case Op::st_l: return access(insn.a, 0, 4, true);
    case Op::st_s: return access(insn.a, 0, 2, true);
    case Op::st_b: return access(insn.a, 0, 1, true);
    case Op::ldo_l: return access(insn.b, imm, 4, false);
    case Op::ldo_s: return access(insn.b, imm, 2, false);
    case Op::ldo_b: return access(insn.b, imm, 1, false);
    case Op::sto_l: return access(insn.a, imm, 4, true);
    case Op::sto_s: return access(insn.a, imm, 2, true);
    case Op::sto_b: return access(insn.a, imm, 1, true);
    case Op::push: return access(insn.a, -4, 4, true);
    case Op::pop: return access(insn.a, 0, 4, false);
    case Op::ret: return access(kFp, 0, 8, false);
    case Op::jsr:
    case Op::jsra: return access(kSp, -12, 8, true);
    default: return {};
  }
}

Trace find_trace(const Memory& memory, const Registers& regs) {
  return Finder(memory, regs).find();
}

}  // namespace moxie
