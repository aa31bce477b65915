/*
 * tree.c
 *	  What lies below a home: counted, taken over, or deleted.
 */
#include "runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each level is a descriptor. */
#define MAX_DEPTH 64

/* What is done with each name of a directory. */
typedef struct visitor
{
	bool		(*visit) (struct visitor *self, int dir, const char *name, const struct stat *st);
	int			into;			/* merging: the directory that corresponds to this one */
	int			top;			/* deleting: the home */
	unsigned long lifted;		/* deleting: how many directories were taken up there */
	uid_t		uid;			/* deleting: whose the homes are */
	int			depth;
	dev_t		device;
	totals	   *done;
	outcome    *out;
} visitor;

static bool
is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
visit_one(visitor *v, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || fail(v->out, "cannot look at \"%s\": %s", name, strerror(errno));
	if (st.st_dev != v->device)
		return fail(v->out, "\"%s\" is another file system, which is left alone", name);
	return v->visit(v, dir, name, &st);
}

/* The names are read through a descriptor of their own, which closedir() closes. */
static bool
visit_each(visitor *v, int fd)
{
	int			again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		   *dir = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	bool		good = true;

	if (dir == NULL)
		return fail(v->out, "cannot read a directory: %s", strerror(errno));
	while (good && (errno = 0, entry = readdir(dir)) != NULL)
		good = is_dot(entry->d_name) || visit_one(v, fd, entry->d_name);
	if (good && errno != 0)
		good = fail(v->out, "cannot read a directory to its end: %s", strerror(errno));
	closedir(dir);
	return good;
}

/* Of all that lies below. */
static bool
begin(visitor *v, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(v->out, "cannot look at a directory: %s", strerror(errno));
	v->device = st.st_dev;
	return visit_each(v, fd);
}

/* The same in a directory of this one. */
static bool
visit_below(visitor *v, int dir, const char *name)
{
	int			fd;
	bool		good;

	if (v->depth == MAX_DEPTH)
		return fail(v->out, "\"%s\" lies too deep", name);
	if (!open_directory(dir, name, &fd, v->out))
		return false;
	if (fd < 0)
		return true;
	v->depth++;
	good = visit_each(v, fd);
	v->depth--;
	close(fd);
	return good;
}

static void
count(visitor *v, const struct stat *st)
{
	v->done->files++;
	v->done->bytes += (unsigned long long) st->st_size;
}

/* ------------------------------------------------------------------ counting */

static bool
count_one(visitor *v, int dir, const char *name, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return visit_below(v, dir, name);
	count(v, st);
	return true;
}

bool
count_tree(int fd, totals *found, outcome *out)
{
	visitor		v = {.visit = count_one, .done = found, .out = out};

	return begin(&v, fd);
}

static bool
is_something(visitor *v, int dir, const char *name, const struct stat *st)
{
	(void) v, (void) dir, (void) name, (void) st;
	return false;
}

bool
is_empty(int fd)
{
	outcome		unsaid;
	visitor		v = {.visit = is_something, .out = &unsaid};

	return begin(&v, fd);
}

/* ------------------------------------------------------------------ deleting */

static bool
unlink_one(visitor *v, int dir, const char *name, int flags)
{
	if (unlinkat(dir, name, flags) < 0 && errno != ENOENT)
		return fail(v->out, "cannot delete \"%s\": %s", name, strerror(errno));
	step();
	return true;
}

/* So that no tree is too deep. */
static bool
lift(visitor *v, int dir, const char *name)
{
	char		lifted[64];

	snprintf(lifted, sizeof(lifted), OURS "lifted-%ld-%lu", (long) getpid(), v->lifted++);
	if (renameat(dir, name, v->top, lifted) < 0 && errno != ENOENT)
		return fail(v->out, "cannot delete \"%s\": %s", name, strerror(errno));
	step();
	return true;
}

static bool
delete_one(visitor *v, int dir, const char *name, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
	{
		count(v, st);
		return unlink_one(v, dir, name, 0);
	}
	if (v->depth == MAX_DEPTH)
		return lift(v, dir, name);
	return visit_below(v, dir, name) && unlink_one(v, dir, name, AT_REMOVEDIR);
}

static bool
empty_tree(int fd, totals *deleted, outcome *out)
{
	visitor		v = {.visit = delete_one, .top = fd, .done = deleted, .out = out};
	unsigned long lifted;

	do
	{
		lifted = v.lifted;
		if (!begin(&v, fd))
			return false;
	} while (v.lifted > lifted);
	return true;
}

/* The last look at whose it is. */
static bool
delete_home(visitor *v, int box, const char *name, const struct stat *st)
{
	int			fd;
	bool		good;

	if (st->st_uid != v->uid)
		return fail(v->out, "what was taken away belongs to uid %u, not %u, and is not deleted",
					(unsigned) st->st_uid, (unsigned) v->uid);
	if (!open_directory(box, name, &fd, v->out))
		return false;
	good = fd < 0 || (empty_tree(fd, v->done, v->out) && unlink_one(v, box, name, AT_REMOVEDIR));
	if (fd >= 0)
		close(fd);
	return good;
}

bool
empty_box(int fd, uid_t uid, totals *deleted, outcome *out)
{
	visitor		v = {.visit = delete_home, .uid = uid, .done = deleted, .out = out};

	return begin(&v, fd);
}

/* ------------------------------------------------------------------- merging */

/* Takes over a name that the other one has not; true in *taken if so. */
static bool
take(visitor *v, int dir, const char *name, bool *taken)
{
	*taken = rename_new(dir, name, v->into, name) == 0;
	if (*taken)
		step();
	return *taken || errno == EEXIST || errno == ENOENT ||
		fail(v->out, "cannot take \"%s\" over: %s", name, strerror(errno));
}

static bool
merge_below(visitor *v, int dir, const char *name)
{
	visitor		below = *v;
	bool		good;

	if (!open_directory(v->into, name, &below.into, v->out))
		return false;
	if (below.into < 0)
		return true;
	/* What is not taken for good would be deleted with the rest. */
	good = visit_below(&below, dir, name) && settle(below.into, v->out);
	close(below.into);
	return good;
}

/* What Dovecot knows of a folder is of the messages that were in it. */
static bool
is_dovecots(const char *name)
{
	return strncmp(name, "dovecot", 7) == 0;
}

/* A directory with all that is in it.  It was taken, whether it can be counted or not. */
static void
count_taken(visitor *v, const char *name, const struct stat *st)
{
	outcome		unsaid;
	visitor		counting = *v;

	counting.visit = count_one;
	counting.out = &unsaid;
	(void) count_one(&counting, v->into, name, st);
}

static bool
merge_one(visitor *v, int dir, const char *name, const struct stat *st)
{
	bool		taken;

	if (strcmp(name, "tmp") == 0 || strncmp(name, OURS, strlen(OURS)) == 0 || is_dovecots(name))
		return true;
	if (!take(v, dir, name, &taken))
		return false;
	if (taken)
		count_taken(v, name, st);
	return taken || !S_ISDIR(st->st_mode) || merge_below(v, dir, name);
}

bool
merge_tree(int from, int into, totals *taken, outcome *out)
{
	visitor		v = {.visit = merge_one, .into = into, .done = taken, .out = out};

	return begin(&v, from) && settle(into, out);
}
