// 64-bit arithmetic that the compiler calls for, in base-register programs: libgcc's own has not gone through the
// filter. Where there is libgcc, it is taken from there. Halves are handled one by one, for an operation on 64 bits
// here would call itself.
#ifdef __BASEREL__
typedef unsigned long long u64;
typedef long long s64;
typedef union {
  u64 all;
  struct {
    unsigned high, low;
  };
} halves;

u64 __ashldi3(u64 a, int n) {
  halves h = {a};
  if (n >= 32) {
    h.high = h.low << (n - 32);
    h.low = 0;
  } else if (n > 0) {
    h.high = h.high << n | h.low >> (32 - n);
    h.low <<= n;
  }
  return h.all;
}

u64 __lshrdi3(u64 a, int n) {
  halves h = {a};
  if (n >= 32) {
    h.low = h.high >> (n - 32);
    h.high = 0;
  } else if (n > 0) {
    h.low = h.low >> n | h.high << (32 - n);
    h.high >>= n;
  }
  return h.all;
}

s64 __ashrdi3(s64 a, int n) {
  halves h = {a};
  const int sign = (int)h.high >> 31;
  if (n >= 32) {
    h.low = (int)h.high >> (n - 32);
    h.high = sign;
  } else if (n > 0) {
    h.low = h.low >> n | h.high << (32 - n);
    h.high = (int)h.high >> n;
  }
  return h.all;
}

// The product of two words from products of half-words.
static u64 wide(unsigned a, unsigned b) {
  const unsigned al = a & 0xffff, ah = a >> 16, bl = b & 0xffff, bh = b >> 16;
  const unsigned low = al * bl, m1 = ah * bl + (low >> 16), m2 = al * bh + (m1 & 0xffff);
  halves h;
  h.high = ah * bh + (m1 >> 16) + (m2 >> 16);
  h.low = m2 << 16 | (low & 0xffff);
  return h.all;
}

u64 __muldi3(u64 a, u64 b) {
  const halves x = {a}, y = {b};
  halves r = {wide(x.low, y.low)};
  r.high += x.high * y.low + x.low * y.high;
  return r.all;
}

static int below(halves a, halves b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }

// Shift and subtract, from the highest bit of the dividend down.
static u64 divide(u64 a, u64 b, u64 *rest) {
  halves n = {a}, d = {b}, q = {0}, r = {0};
  if (d.high == 0 && d.low == 0) {
    volatile unsigned zero = 0;
    q.low = 1 / zero;  // as dividing a word by it: SIGFPE
  }
  for (int i = 0; i < 64; i++) {
    r.high = r.high << 1 | r.low >> 31;
    r.low = r.low << 1 | n.high >> 31;
    n.high = n.high << 1 | n.low >> 31;
    n.low <<= 1;
    q.high = q.high << 1 | q.low >> 31;
    q.low <<= 1;
    if (below(r, d)) continue;
    const unsigned borrow = r.low < d.low;
    r.low -= d.low;
    r.high -= d.high + borrow;
    q.low |= 1;
  }
  *rest = r.all;
  return q.all;
}

static u64 negated(u64 a) {
  halves h = {a};
  h.low = -h.low;
  h.high = ~h.high + (h.low == 0);
  return h.all;
}
static int negative(s64 a) {
  const halves h = {a};
  return (int)h.high < 0;
}

u64 __udivdi3(u64 a, u64 b) {
  u64 rest;
  return divide(a, b, &rest);
}
u64 __umoddi3(u64 a, u64 b) {
  u64 rest;
  divide(a, b, &rest);
  return rest;
}
s64 __divdi3(s64 a, s64 b) {
  const u64 q = __udivdi3(negative(a) ? negated(a) : (u64)a, negative(b) ? negated(b) : (u64)b);
  return negative(a) != negative(b) ? (s64)negated(q) : (s64)q;
}
s64 __moddi3(s64 a, s64 b) {
  const u64 r = __umoddi3(negative(a) ? negated(a) : (u64)a, negative(b) ? negated(b) : (u64)b);
  return negative(a) ? (s64)negated(r) : (s64)r;
}
#endif
