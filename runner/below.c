/*
 * below.c
 *	  Paths below the mail root, walked by descriptors.
 *
 * Whoever may write somewhere below the mail root can put a symbolic link, or
 * another directory, in the place of any name there, at any time.  So a name is
 * opened once, without following it, and what was opened is what is looked at
 * and changed.
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
fail_to_open(int parent, const char *name, outcome *out)
{
	int			error = errno;
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return fail(out, "\"%s\" is a symbolic link, which is not followed", name);
	return fail(out, "cannot open directory \"%s\": %s", name, strerror(error));
}

bool
open_directory(int parent, const char *name, int *fd, outcome *out)
{
	*fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd >= 0 || errno == ENOENT || fail_to_open(parent, name, out);
}

/* ------------------------------------------------------------------- walking */

/* The next component; NULL is the end, or a component that is none. */
static const char *
next_component(const char *path, char *component)
{
	size_t		length = strcspn(path, "/");

	if (length == 0 || length > NAME_MAX || path[length] != '/')
		return NULL;
	memcpy(component, path, length);
	component[length] = '\0';
	if (strcmp(component, ".") == 0 || strcmp(component, "..") == 0 ||
		strncmp(component, OURS, strlen(OURS)) == 0)
		return NULL;
	return path + length + 1;
}

/* The database says so as well; but it is another machine, and this one's disk. */
static bool
lies_below(const char *path)
{
	char		component[NAME_MAX + 1];

	do
		path = next_component(path, component);
	while (path != NULL && *path != '\0');
	return path != NULL;
}

/* What a new directory gets. */
typedef struct rights
{
	uid_t		uid;
	gid_t		gid;
	mode_t		mode;
} rights;

static bool make_directory(int parent, const char *name, const task *t, const rights *as, outcome *out);

/* What make_directory() begins with; it is empty where we were killed over it. */
static void
name_fresh(const task *t, char *name, size_t size)
{
	snprintf(name, size, OURS "new-%s", t->id);
}

static void
clear_up(int parent, const task *t)
{
	char		fresh[64];

	name_fresh(t, fresh, sizeof(fresh));
	(void) unlinkat(parent, fresh, AT_REMOVEDIR);
}

/*
 * Who may write in a directory can put one home into the place of another, of
 * the same uid even, and have us move or delete that.  So as root we do nothing
 * below a directory in which anybody else may than root and the owner of the
 * home, and whom he lets.
 */
static bool
is_guarded(int dir, const char *name, const task *t, outcome *out)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (fstat(dir, &st) < 0)
		return fail(out, "cannot look at \"%s\": %s", name, strerror(errno));
	if (st.st_uid != 0 && st.st_uid != t->uid)
		return fail(out, "\"%s\" belongs to uid %u, who could put another home into the place of one of uid %u: chown it to root",
					name, (unsigned) st.st_uid, (unsigned) t->uid);
	return (st.st_mode & S_ISVTX) != 0 || (st.st_mode & (st.st_uid == t->uid ? S_IWOTH : S_IWGRP | S_IWOTH)) == 0 ||
		fail(out, "others than its owner may write in \"%s\", and so put one home into the place of another: chmod go-w, or +t", name);
}

/* Who may make a home in a directory may do so in one that is made in it, and nobody else. */
static bool
make_between(int parent, const char *name, const task *t, outcome *out)
{
	struct stat st;
	rights		as = {.uid = geteuid()};

	if (fstat(parent, &st) < 0)
		return fail(out, "cannot make directory \"%s\": %s", name, strerror(errno));
	if (geteuid() == 0)
		as.uid = st.st_uid;
	as.gid = st.st_gid;
	as.mode = 0711 | (st.st_mode & (S_ISVTX | S_ISGID | S_IWGRP | S_IWOTH));
	return make_directory(parent, name, t, &as, out);
}

/* From one directory to another in it; the first is closed. */
static bool
descend(int *fd, const char *name, const task *t, bool make, outcome *out)
{
	int			parent = *fd;
	bool		good = open_directory(parent, name, fd, out);

	if (good && *fd < 0 && make)
		good = make_between(parent, name, t, out) && open_directory(parent, name, fd, out);
	close(parent);
	return good && (*fd < 0 || is_guarded(*fd, name, t, out));
}

bool
find_place(int root, const char *path, const task *t, bool make, place *found, outcome *out)
{
	found->parent = -1;
	if (!lies_below(path))
		return fail(out, "\"%s\" is no path below the mail root", path);
	if (!is_guarded(root, "the mail root", t, out))
		return false;
	found->parent = fcntl(root, F_DUPFD_CLOEXEC, 0);
	for (;;)
	{
		path = next_component(path, found->leaf);
		if (make)
			clear_up(found->parent, t);
		if (*path == '\0' || found->parent < 0)
			return true;
		if (!descend(&found->parent, found->leaf, t, make, out))
			return false;
	}
}

void
leave_place(place *found)
{
	if (found->parent >= 0)
		close(found->parent);
	found->parent = -1;
}

/* --------------------------------------------------------------------- homes */

bool
open_home(const place *where, const task *t, int *fd, outcome *out)
{
	struct stat st;

	*fd = -1;
	if (where->parent < 0)
		return true;
	if (!open_directory(where->parent, where->leaf, fd, out))
		return false;
	if (*fd < 0)
		return true;
	if (fstat(*fd, &st) == 0 && st.st_uid == t->uid)
		return true;
	close(*fd);
	*fd = -1;
	return fail(out, "\"%s\" belongs to uid %u, not %u", where->leaf, (unsigned) st.st_uid, (unsigned) t->uid);
}

bool
is_still(int parent, const char *name, int fd)
{
	struct stat opened;
	struct stat there;

	return fstat(fd, &opened) == 0 && fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

int
rename_new(int from, const char *name, int into, const char *as)
{
	struct stat st;

	if (renameat2(from, name, into, as, RENAME_NOREPLACE) == 0)
		return 0;
	if (!no_such_rename() || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	/* Of two names for one message the old one is left where we are killed, which hurts nobody. */
	if (!S_ISDIR(st.st_mode))
		return linkat(from, name, into, as, 0) < 0 ? -1 : unlinkat(from, name, 0);
	/* A directory takes the place of an empty one, and of nothing else. */
	if (renameat(from, name, into, as) == 0)
		return 0;
	if (errno == ENOTEMPTY)
		errno = EEXIST;
	return -1;
}

bool
no_such_rename(void)
{
	return errno == EINVAL || errno == ENOSYS;
}

bool
settle(int fd, outcome *out)
{
	/* EINVAL: a file system on which there is no such thing. */
	return fsync(fd) == 0 || errno == EINVAL || fail(out, "cannot write to the disk: %s", strerror(errno));
}

/* Ours, and empty: not what somebody has put in its place. */
static bool
give(int parent, const char *name, const rights *as)
{
	int			fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool		good;

	if (fd < 0)
		return false;
	good = fstat(fd, &st) == 0 && st.st_uid == geteuid() && is_empty(fd);
	if (!good)
		errno = EPERM;
	/* Who is not root keeps the group that he was given. */
	good = good && ((geteuid() != 0 && st.st_uid == as->uid) || fchown(fd, as->uid, as->gid) == 0) && fchmod(fd, as->mode) == 0;
	close(fd);
	return good;
}

/* It has its owner and mode from the first moment on; one that is there already stays as it is. */
static bool
make_directory(int parent, const char *name, const task *t, const rights *as, outcome *out)
{
	char		fresh[64];

	name_fresh(t, fresh, sizeof(fresh));
	if (mkdirat(parent, fresh, 0700) < 0)
		return fail(out, "cannot make directory \"%s\": %s", name, strerror(errno));
	step();
	if (!give(parent, fresh, as))
		return fail(out, "cannot give directory \"%s\" to uid %u: %s", name, (unsigned) as->uid, strerror(errno));
	step();
	if (rename_new(parent, fresh, parent, name) < 0)
	{
		int			error = errno;

		clear_up(parent, t);
		/* A delivery was quicker. */
		return error == EEXIST || fail(out, "cannot make directory \"%s\": %s", name, strerror(error));
	}
	step();
	return settle(parent, out);
}

bool
make_home(const place *where, const task *t, outcome *out)
{
	rights		as = {.uid = t->uid, .gid = t->gid, .mode = 0700};

	return make_directory(where->parent, where->leaf, t, &as, out);
}
