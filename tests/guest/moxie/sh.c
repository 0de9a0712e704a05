// A shell for a machine without fork: every command is a vfork and an exec. Pipelines, redirections (< > >> 2>
// 2>&1), background jobs (&, wait, $!), lists (; && ||, !), variables, quotes and comments; cd, exit, export, exec, wait,
// true and : are its own. No subshells, functions or loops: those need a copy of the shell.
//   sh [-c TEXT [NAME ARGUMENT...] | FILE [ARGUMENT...]]
// Between vfork and exec the child works in the shell's memory, so all words, names and environments are
// made before it is: the child only moves descriptors and executes.
#include "libc.h"

enum { kWords = 64, kText = 2048, kStages = 16, kRedirections = 8, kVariables = 64 };

struct redirection {
  int fd, from_fd, flags;
  const char *name;  // NULL: from_fd
};
struct command {
  char *words[kWords + 1];
  int n_words, n_redirections, n_assignments;  // the first words are assignments
  struct redirection redirections[kRedirections];
};

static struct command command;
static char text[kText], *text_end;  // the words of one command
static char *variables[kVariables + 1];
static char **arguments;
static int n_arguments, last_status, last_background, interactive, unclosed;
static const char *at;  // what is left of the line

static int complain(const char *what, const char *why) {
  dprintf(2, "sh: %s: %s\n", what, why);
  return last_status = 2;
}

// ---- variables: one array, which is the environment -----------------------------------------------------

static int put_variable(char **list, char *assignment) {
  const int n = strchr(assignment, '=') - assignment + 1;
  int i = 0;
  while (list[i] && strncmp(list[i], assignment, n)) i++;
  if (i == kVariables) return complain("too many variables", assignment);
  list[i] = assignment;
  return 0;
}

static int is_name(char c, int first) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
}

static int is_assignment(const char *w) {
  int i = 0;
  while (is_name(w[i], i == 0)) i++;
  return i && w[i] == '=';
}

// ---- words ---------------------------------------------------------------------------------------------

static void add(char c) {
  if (text_end < text + kText - 1) *text_end++ = c;
}

static void add_value(const char *value) {
  while (value && *value) add(*value++);
}

// At the character behind a dollar sign.
static void expand(void) {
  char name[32], number[12];
  int n = 0, value;
  const int braces = *at == '{';
  at += braces;
  if (*at == '?' || *at == '$' || *at == '!' || *at == '#') {
    value = *at == '?' ? last_status : *at == '$' ? getpid() : *at == '!' ? last_background : n_arguments - 1;
    snprintf(number, sizeof number, "%d", value);
    add_value(number);
    at++;
  } else if (*at >= '0' && *at <= '9') {
    value = *at++ - '0';
    if (value < n_arguments) add_value(arguments[value]);
  } else {
    while (is_name(*at, n == 0) && n < (int)sizeof name - 1) name[n++] = *at++;
    name[n] = 0;
    if (n)
      add_value(getenv(name));
    else
      add('$');
  }
  if (braces && *at == '}') at++;
}

// The word that begins here, its end marked; NULL if there is none.
static char *word(void) {
  while (*at == ' ' || *at == '\t') at++;
  if (!*at || strchr("|&;<>\n#", *at)) return NULL;
  char *start = text_end, quote = 0;
  for (; *at && (quote || !strchr(" \t|&;<>\n", *at));) {
    const char c = *at++;
    if (c == quote)
      quote = 0;
    else if (!quote && (c == '\'' || c == '"'))
      quote = c;
    else if (c == '\\' && quote != '\'' && *at)
      add(*at++);
    else if (c == '$' && quote != '\'')
      expand();
    else
      add(c);
  }
  unclosed |= quote;
  add(0);
  text_end[-1] = 0;
  return start;
}

// ---- parsing -------------------------------------------------------------------------------------------

static int redirect(void) {
  struct redirection *r = &command.redirections[command.n_redirections];
  if (command.n_redirections == kRedirections) return complain("redirections", "too many");
  r->fd = *at == '<' ? 0 : 1;
  if (*at >= '0' && *at <= '9') r->fd = *at++ - '0';
  r->flags = *at++ == '<' ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
  if (*at == '>') r->flags = O_WRONLY | O_CREAT | O_APPEND, at++;
  if (*at == '&') {
    r->name = NULL;
    r->from_fd = *++at - '0';
    at++;
  } else if (!(r->name = word())) {
    return complain("redirection", "to where?");
  }
  command.n_redirections++;
  return 0;
}

// One stage of a pipeline into `command`. Not 0: the line is wrong.
static int parse_command(void) {
  text_end = text;
  unclosed = 0;
  command.n_words = command.n_redirections = command.n_assignments = 0;
  for (;;) {
    while (*at == ' ' || *at == '\t') at++;
    const int numbered = *at >= '0' && *at <= '9' && (at[1] == '<' || at[1] == '>');
    if (numbered || *at == '<' || *at == '>') {
      if (redirect()) return 1;
      continue;
    }
    char *w = word();
    if (!w) break;
    if (command.n_words == kWords) return complain(w, "too many words");
    if (command.n_words == command.n_assignments && is_assignment(w)) command.n_assignments++;
    command.words[command.n_words++] = w;
  }
  command.words[command.n_words] = NULL;
  if (unclosed) return complain("quotes", "not closed");
  if (text_end == text + kText - 1) return complain("line", "too long");
  return 0;
}

// ---- running -------------------------------------------------------------------------------------------

// In the shell itself or, `exec`, for good; in a child nothing but descriptors may change.
static int move_descriptors(void) {
  for (int i = 0; i < command.n_redirections; i++) {
    const struct redirection *r = &command.redirections[i];
    const int fd = r->name ? open(r->name, r->flags, 0666) : r->from_fd;
    if (fd < 0 || (fd != r->fd && dup2(fd, r->fd) < 0)) {
      dprintf(2, "sh: %s: %s\n", r->name ? r->name : "descriptor", strerror(errno));
      return 1;
    }
    if (r->name && fd != r->fd) close(fd);
  }
  return 0;
}

static noreturn void execute(char **argv, char **envp) {
  execvpe(argv[0], argv, envp);
  const int error = errno;
  dprintf(2, "sh: %s: %s\n", argv[0], error == ENOENT ? "not found" : strerror(error));
  _exit(error == ENOENT ? 127 : 126);
}

static int status_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

static int assign(char **list, int count) {
  for (int i = 0; i < count; i++) {
    char *kept = strdup(command.words[i]);
    if (!kept || put_variable(list, kept)) return 2;
  }
  return 0;
}

// -1: not a command of the shell's own. A child must leave the shell's variables alone.
static int builtin(char **w, int in_child) {
  if (in_child && (!w[0] || !strcmp(w[0], "export"))) return 0;
  if (!w[0]) return assign(variables, command.n_assignments);
  if (!strcmp(w[0], ":") || !strcmp(w[0], "true")) return 0;
  if (!strcmp(w[0], "false")) return 1;
  if (!strcmp(w[0], "exit")) _exit(w[1] ? atoi(w[1]) : last_status);
  if (!strcmp(w[0], "cd")) {
    const char *to = w[1] ? w[1] : getenv("HOME");
    if (!chdir(to ? to : "/")) return 0;
    complain(to, strerror(errno));
    return 1;
  }
  if (!strcmp(w[0], "export")) return w[1] && strchr(w[1], '=') ? put_variable(variables, strdup(w[1])) : 0;
  if (!strcmp(w[0], "wait")) {
    int status = 0;
    if (w[1]) return waitpid(atoi(w[1]), &status, 0) < 0 ? 127 : status_of(status);
    while (wait(&status) > 0 || errno == EINTR) {
    }
    return 0;
  }
  if (!strcmp(w[0], "exec")) {
    if (move_descriptors()) return 1;
    if (w[1]) execute(w + 1, variables);
    return 0;
  }
  return -1;
}

static char **make_environment(void) {
  static char *own[kVariables + 1];
  if (!command.n_assignments) return variables;
  memcpy(own, variables, sizeof own);
  assign(own, command.n_assignments);
  return own;
}

// Starts `command` with standard input and output of a pipeline. -1: it is over already or never began.
static pid_t start(int in, int out, int unused, int background) {
  char **argv = command.words + command.n_assignments, **envp = make_environment();
  const pid_t pid = vfork();
  if (pid == 0) {
    if (interactive && !background) signal(SIGINT, SIG_DFL);
    if (unused >= 0) close(unused);
    if (in != 0) dup2(in, 0), close(in);
    if (out != 1) dup2(out, 1), close(out);
    if (move_descriptors()) _exit(1);
    const int status = builtin(argv, 1);
    if (status >= 0) _exit(status);
    execute(argv, envp);
  }
  if (pid < 0) complain("vfork", strerror(errno));
  return pid;
}

static int is_background(void) {
  const char *end = at;
  char quote = 0;
  for (; *end && (quote || !strchr(";\n", *end)); end++) {
    if (quote ? *end == quote : *end == '\'' || *end == '"') quote = quote ? 0 : *end;
    if (!quote && *end == '&' && end[1] == '&') return 0;
    if (!quote && *end == '|' && end[1] == '|') return 0;
    if (!quote && *end == '&' && end[-1] != '>') return 1;
  }
  return 0;
}

// A pipeline; not 0: the rest of the line makes no sense.
static int pipeline(void) {
  pid_t pids[kStages];
  int n = 0, in = 0, negated = 0, fd[2];
  while (*at == ' ' || *at == '\t') at++;
  if (*at == '!' && at[1] == ' ') negated = 1, at++;
  const int background = is_background();
  for (;;) {
    if (parse_command()) return 1;
    const int more = *at == '|' && at[1] != '|';
    if (!command.n_words && !command.n_redirections) {
      if (!more && n == 0) return 0;
      return complain("a command", "is missing");
    }
    if (n == 0 && !more && !background) {
      const char *name = command.words[command.n_assignments];
      const int plain = !command.n_redirections || (name && !strcmp(name, "exec"));  // else its child has them
      const int status = plain ? builtin(command.words + command.n_assignments, 0) : -1;
      if (status >= 0) {
        last_status = negated ? !status : status;
        return 0;
      }
    }
    if (n == kStages) return complain("pipeline", "too long");
    fd[0] = fd[1] = -1;
    if (more && pipe(fd)) return complain("pipe", strerror(errno));
    pids[n++] = start(in, more ? fd[1] : 1, fd[0], background);
    if (in) close(in);
    if (!more) break;
    close(fd[1]);
    in = fd[0];
    at++;
  }
  last_background = background ? pids[n - 1] : last_background;
  int status = 0;
  for (int i = 0; i < n && !background; i++)
    if (pids[i] > 0)
      while (waitpid(pids[i], &status, 0) < 0 && errno == EINTR) {
      }
  last_status = pids[n - 1] < 0 ? 2 : background ? 0 : status_of(status);
  if (negated) last_status = !last_status;
  return 0;
}

// Steps over a pipeline that && or || leaves out.
static void skip(void) {
  text_end = text;
  for (;;) {
    if (word()) {
      text_end = text;
      continue;
    }
    if (*at != '|' && *at != '<' && *at != '>') return;
    if (*at == '|' && at[1] == '|') return;
    at++;
  }
}

static void run_line(const char *line) {
  at = line;
  while (*at) {
    if (pipeline()) return;
    for (;;) {
      while (*at == ' ' || *at == '\t') at++;
      const char op = *at;
      if ((op != '&' && op != '|') || at[1] != op) break;
      at += 2;
      if ((op == '&') == (last_status == 0)) {
        if (pipeline()) return;
      } else {
        skip();
      }
    }
    if (*at == '#') return;
    if (*at == ';' || *at == '&' || *at == '\n') {
      at++;
    } else if (*at) {
      complain(at, "does not belong here");
      return;
    }
  }
}

// One byte at a time: the commands read from the same file.
static int read_line(int fd, char *line, int size) {
  int n = 0, got;
  char c;
  while ((got = read(fd, &c, 1)) == 1 && c != '\n')
    if (n < size - 1) line[n++] = c;
  line[n] = 0;
  return got == 1 || n;
}

int main(int argc, char **argv, char **envp) {
  static char line[1024];
  for (int i = 0; envp[i] && i < kVariables; i++) variables[i] = envp[i];
  environ = variables;
  arguments = argv;
  n_arguments = argc;
  int fd = 0;
  if (argc > 2 && !strcmp(argv[1], "-c")) {
    arguments += argc > 3 ? 3 : 0;
    n_arguments -= argc > 3 ? 3 : argc - 1;
    run_line(argv[2]);
    return last_status;
  }
  if (argc > 1) {
    fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0) return complain(argv[1], strerror(errno)), 127;
    arguments++;
    n_arguments--;
  }
  interactive = fd == 0 && isatty(0);
  if (interactive) signal(SIGINT, SIG_IGN);
  for (;;) {
    if (interactive) write(2, "$ ", 2);
    if (!read_line(fd, line, sizeof line)) break;
    run_line(line);
    if (interactive)
      for (int status; waitpid(-1, &status, WNOHANG) > 0;) {
      }
  }
  return last_status;
}
