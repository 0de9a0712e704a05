// Classic BPF as seccomp filters use it: the checker and the interpreter. Linux: net/core/filter.c
// (bpf_check_classic), kernel/seccomp.c (seccomp_check_filter). Programs have no loops, so each run
// ends; the checker makes sure that none reads outside seccomp_data or memory that it has not set.
#include <array>
#include <cstring>

#include "kernel/seccomp.h"

namespace {

constexpr size_t kMaxInstructions = 4096, kMemWords = 16;

// An opcode is class | (size, mode) or (operation, source).
enum : uint16_t {
  LD = 0, LDX = 1, ST = 2, STX = 3, ALU = 4, JMP = 5, RET = 6, MISC = 7,
  ABS = 0x20, IMM = 0, LEN = 0x80, MEM = 0x60,
  K = 0, X = 8, A = 0x10, TAX = 0, TXA = 0x80,
  ADD = 0, SUB = 0x10, MUL = 0x20, DIV = 0x30, OR = 0x40, AND = 0x50, LSH = 0x60, RSH = 0x70,
  NEG = 0x80, XOR = 0xa0,
  JA = 0, JEQ = 0x10, JGT = 0x20, JGE = 0x30, JSET = 0x40,
};

bool known_opcode(const sock_filter& f) {
  switch (f.code) {
    // The only loads from data: aligned words.
    case LD | ABS: return f.k < sizeof(seccomp_data) && f.k % 4 == 0;
    case LD | MEM: case LDX | MEM: case ST: case STX: return f.k < kMemWords;
    case ALU | DIV | K: return f.k != 0;
    case ALU | LSH | K: case ALU | RSH | K: return f.k < 32;
    case LD | LEN: case LDX | LEN: case LD | IMM: case LDX | IMM:
    case RET | K: case RET | A: case MISC | TAX: case MISC | TXA:
    case ALU | ADD | K: case ALU | ADD | X: case ALU | SUB | K: case ALU | SUB | X:
    case ALU | MUL | K: case ALU | MUL | X: case ALU | DIV | X: case ALU | AND | K: case ALU | AND | X:
    case ALU | OR | K: case ALU | OR | X: case ALU | XOR | K: case ALU | XOR | X:
    case ALU | LSH | X: case ALU | RSH | X: case ALU | NEG:
    case JMP | JA: case JMP | JEQ | K: case JMP | JEQ | X: case JMP | JGE | K: case JMP | JGE | X:
    case JMP | JGT | K: case JMP | JGT | X: case JMP | JSET | K: case JMP | JSET | X: return true;
    default: return false;
  }
}

bool is_jump(const sock_filter& f) { return (f.code & 7) == JMP; }

bool jump_in_range(const sock_filter& f, size_t at, size_t len) {
  const size_t room = len - at - 1;
  return f.code == (JMP | JA) ? f.k < room : f.jt < room && f.jf < room;
}

// Which words of the scratch memory are set on every path to an instruction.
bool loads_follow_stores(const std::vector<sock_filter>& program) {
  std::vector<uint16_t> known(program.size(), 0xffff);
  uint16_t set = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& f = program[at];
    set &= known[at];
    if (f.code == ST || f.code == STX) {
      set |= static_cast<uint16_t>(1U << f.k);
    } else if (f.code == (LD | MEM) || f.code == (LDX | MEM)) {
      if ((set >> f.k & 1) == 0) return false;
    } else if (f.code == (JMP | JA)) {
      known[at + 1 + f.k] &= set;
      set = 0xffff;
    } else if (is_jump(f)) {
      known[at + 1 + f.jt] &= set;
      known[at + 1 + f.jf] &= set;
      set = 0xffff;
    }
  }
  return true;
}

uint32_t alu(uint16_t op, uint32_t a, uint32_t b, bool& dead) {
  switch (op) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV:
      dead = b == 0;
      return dead ? 0 : a / b;
    case OR: return a | b;
    case AND: return a & b;
    case XOR: return a ^ b;
    case LSH: return a << (b & 31);
    case RSH: return a >> (b & 31);
    default: return 0 - a;  // NEG
  }
}

bool taken(uint16_t op, uint32_t a, uint32_t b) {
  switch (op) {
    case JEQ: return a == b;
    case JGT: return a > b;
    case JGE: return a >= b;
    default: return (a & b) != 0;  // JSET
  }
}

struct machine {
  uint32_t a = 0, x = 0;
  std::array<uint32_t, kMemWords> mem{};
};

void load_or_store(machine& m, const sock_filter& f, const seccomp_data& data) {
  switch (f.code) {
    case LD | ABS: std::memcpy(&m.a, reinterpret_cast<const char*>(&data) + f.k, sizeof m.a); break;
    case LD | LEN: m.a = sizeof data; break;
    case LDX | LEN: m.x = sizeof data; break;
    case LD | IMM: m.a = f.k; break;
    case LDX | IMM: m.x = f.k; break;
    case LD | MEM: m.a = m.mem[f.k]; break;
    case LDX | MEM: m.x = m.mem[f.k]; break;
    case ST: m.mem[f.k] = m.a; break;
    case STX: m.mem[f.k] = m.x; break;
    case MISC | TAX: m.x = m.a; break;
    case MISC | TXA: m.a = m.x; break;
    default: break;
  }
}

}  // namespace

Result<void> seccomp_check_filter(const std::vector<sock_filter>& program) {
  if (program.empty() || program.size() > kMaxInstructions) return Err(EINVAL);
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& f = program[at];
    if (!known_opcode(f) || (is_jump(f) && !jump_in_range(f, at, program.size()))) return Err(EINVAL);
  }
  if ((program.back().code & 7) != RET || !loads_follow_stores(program)) return Err(EINVAL);
  return {};
}

uint32_t seccomp_run_program(const std::vector<sock_filter>& program, const seccomp_data& data) {
  machine m;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& f = program[at];
    const auto op = static_cast<uint16_t>(f.code & 0xf0);
    const uint32_t operand = (f.code & X) != 0 ? m.x : f.k;
    switch (f.code & 7) {
      case RET: return f.code == (RET | A) ? m.a : f.k;
      case JMP:
        if (op == JA) at += f.k;
        else at += taken(op, m.a, operand) ? f.jt : f.jf;
        break;
      case ALU: {
        bool dead = false;
        m.a = alu(op, m.a, operand, dead);
        if (dead) return 0;  // a division by zero ends the program with 0
        break;
      }
      default: load_or_store(m, f, data);
    }
  }
  return 0;
}
