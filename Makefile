# mailstack: build, install, and the two commands of the README (make demo, make test); make fuzz, make mutants, make bench and
# make bench-mail.

EXTENSION = mailstack
EXTVERSION = 0.1
MODULE_big = mailstack

# The order of dependence: a room includes only headers of rooms to its left, and the script is concatenated in it.
ROOMS = base mailkey maildir transport password sieve schema clock lookup route filter login rights config diagnose explain

OBJS = $(patsubst %.c,%.o,$(foreach room,$(ROOMS),$(sort $(wildcard src/$(room)/*.c))))
ROOM_SQL = $(foreach room,$(ROOMS),$(sort $(wildcard src/$(room)/*.sql)))
DATA_built = $(EXTENSION)--$(EXTVERSION).sql
# What config_files() writes, as part of the library.
TEMPLATES = $(sort $(shell find src/config/templates -type f))
TEMPLATES_built = src/config/templates.inc
EXTRA_CLEAN = $(DATA_built) $(TEMPLATES_built) $(SCRIPTS_built) test/unit/build test/fuzz/build test/sanitized/build test/sieve/build test/unpacked

SCRIPTS = bin/mailstack-config bin/mailstack-sieve
# A program of its own, which PGXS has no word for beside a library.
SCRIPTS_built = runner/mailstack-runner
MANUAL = man/mailstack-config.1 man/mailstack-runner.1

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --inputdir=. --load-extension=mailstack

PG_CPPFLAGS = -I$(srcdir)/src $(shell pkg-config --cflags icu-uc libsodium libcrypt 2>/dev/null)
# The server's own headers have unused parameters in inline functions.
PG_CFLAGS = -Wall -Wextra -Werror -Wno-unused-parameter
SHLIB_LINK = $(shell pkg-config --libs icu-uc libsodium libcrypt 2>/dev/null)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# A fresh machine has no PostgreSQL yet: the goals that install it must be reachable without PGXS.
ifneq ($(PGXS),)
include $(PGXS)

$(OBJS): $(wildcard src/*/*.h)

install: install-manual
.PHONY: install-manual
install-manual:
	$(MKDIR_P) '$(DESTDIR)$(mandir)/man1'
	$(INSTALL_DATA) $(MANUAL) '$(DESTDIR)$(mandir)/man1/'
uninstall: uninstall-manual
.PHONY: uninstall-manual
uninstall-manual:
	rm -f $(addprefix '$(DESTDIR)$(mandir)/man1'/, $(notdir $(MANUAL)))

src/config/template_core.o src/config/template_core.bc: $(TEMPLATES_built)

endif

runner/mailstack-runner: $(wildcard runner/*.c) src/clock/clock_core.c src/clock/look_core.c runner/runner.h $(wildcard src/clock/*.h)
	$(CC) $(PG_CFLAGS) $(CFLAGS) -D_GNU_SOURCE -Isrc -I$(includedir) $(filter %.c,$^) $(LDFLAGS) -L$(libdir) -lpq -o $@

$(DATA_built): $(ROOM_SQL) Makefile
	cat $(ROOM_SQL) > $@

$(TEMPLATES_built): $(TEMPLATES) src/config/embed
	src/config/embed $(TEMPLATES) > $@

.PHONY: script
script: $(DATA_built) $(TEMPLATES_built)

# test, demo and the benchmarks install what they need, then start make afresh so that PGXS is found. SUITES="regress tap" for some alone.
.PHONY: test test-debian13 test-pg18 test-part5 fuzz mutants demo bench bench-mail packages docs
packages:
	test/packages build

test:
	test/packages test
	$(MAKE) all
	$(MAKE) install >/dev/null
	test/run $(SUITES)

# On the Debian after, and on the PostgreSQL after that, in folders that test/debian makes. The benchmarks configure Dovecot 2.3, and
# another clang-tidy has other things to say.
test-debian13:
	test/debian trixie make test SUITES="$(or $(SUITES),unit house fuzz sieve regress isolation tap docs mail sanitized)"

test-pg18:
	test/debian testing make test SUITES="$(or $(SUITES),unit house regress isolation tap)"

# doc/part5.md, typed from an empty Debian on, says what is shown.
test-part5:
	test/debian bookworm test/machine --check doc/part5.md
	test/debian trixie test/machine --check doc/part5.md

# Seconds for each parser; what is found stays in test/fuzz/build, and the next run begins with it.
FUZZ_SECONDS ?= 600
fuzz:
	test/packages test
	test/fuzz/run $(FUZZ_SECONDS)

# Plants each fault of test/mutants and sees that a test goes red; takes long, and so is no part of "make test".
mutants:
	test/packages test
	test/mutants/run $(MUTANTS)

demo:
	test/packages mail
	$(MAKE) all >/dev/null
	$(MAKE) install >/dev/null
	test/mail/demo.py

# make bench takes minutes; BENCH=--large the sizes of the targets, and hours. bench/run --help has the other options.
bench:
	test/packages bench
	$(MAKE) all >/dev/null
	$(MAKE) install >/dev/null
	bench/run $(BENCH)

bench-mail:
	test/packages bench-mail
	$(MAKE) all >/dev/null
	$(MAKE) install >/dev/null
	bench/mail $(BENCH)

docs:
	doc/generate > doc/reference.md
