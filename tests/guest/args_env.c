// What exec leaves on the stack: arguments, environment, auxiliary vector.
#include <elf.h>
#include <sys/auxv.h>
#include "t.h"
extern char** environ;
int main(int argc, char** argv) {
  printf("argc %d\n", argc);
  for (int i = 1; i < argc; ++i) printf("argv[%d] \"%s\"\n", i, argv[i]);
  T(argv[argc] == NULL);
  for (char** e = environ; *e != NULL; ++e)
    if (strncmp(*e, "TRANSCRIPT", 10) == 0 || strncmp(*e, "LC_ALL", 6) == 0) puts(*e);
  T(getauxval(AT_PAGESZ) == 4096);
  T(getauxval(AT_PHDR) != 0);
  T(getauxval(AT_ENTRY) != 0);
  T(getauxval(AT_RANDOM) != 0);
  T(getauxval(AT_SECURE) == 0);
  T(getauxval(AT_UID) == getuid());
  T(getauxval(AT_CLKTCK) == 100);
  const char* execfn = (const char*)getauxval(AT_EXECFN);
  T(execfn != NULL && strcmp(execfn, argv[0]) == 0);
  T((uintptr_t)&argc % 4 == 0);
  T((uintptr_t)argv > (uintptr_t)&argc);
  return 0;
}
