/*
 * home.c
 *	  The actions of maildir_tasks.
 *
 * Each looks at what is there and does what is still to be done, so that it can
 * be cut off anywhere and done again.  Mail may arrive at any moment: for the
 * new place from the change on, and for the old one until a delivery that
 * looked before it is through.
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A home by its path: where it is, and the descriptor, or -1 where there is none. */
typedef struct home
{
	place		where;
	int			fd;
} home;

static void
leave(home *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
	leave_place(&h->where);
}

/* The directories above it can be made.  To be left in any case. */
static bool
find(int root, const char *path, const task *t, bool make, home *found, outcome *out)
{
	found->fd = -1;
	return find_place(root, path, t, make, &found->where, out) &&
		open_home(&found->where, t, &found->fd, out);
}

/* Opened anew, after it was put there. */
static bool
find_again(home *found, const task *t, outcome *out)
{
	if (found->fd >= 0)
		close(found->fd);
	return open_home(&found->where, t, &found->fd, out);
}

/* -------------------------------------------------------------------- create */

static bool
create(int root, const task *t, outcome *out)
{
	home		h;
	bool		good = find(root, t->maildir, t, true, &h, out);
	bool		was_there = good && h.fd >= 0;

	good = good && (was_there || make_home(&h.where, t, out)) &&
		find_again(&h, t, out);
	if (good)
		say(out, was_there ? "was there" : "made");
	leave(&h);
	return good;
}

/* --------------------------------------------------------------------- boxes */

/*
 * Directories of ours beside a home, so that it is taken there within a file
 * system.  In one there is room for several, 0, 1 and so on: after an attempt
 * that was cut off mail may have come again.
 */
#define LATE "late"
#define PURGED "purged"

static void
name_box(const char *kind, const task *t, char *name, size_t size)
{
	snprintf(name, size, OURS "%s-%s", kind, t->id);
}

static bool
open_box(int parent, const char *kind, const task *t, bool make, int *fd, outcome *out)
{
	char		name[64];
	struct stat st;

	name_box(kind, t, name, sizeof(name));
	if (make && mkdirat(parent, name, 0700) == 0)
		step();
	if (!open_directory(parent, name, fd, out))
		return false;
	if (*fd >= 0 && (fstat(*fd, &st) < 0 || st.st_uid != geteuid()))
		return fail(out, "\"%s\" is not ours", name);
	return *fd >= 0 || !make || fail(out, "cannot make directory \"%s\"", name);
}

static bool
put_into(const home *h, int box, outcome *out)
{
	char		name[16];
	int			i = 0;
	int			renamed;

	do
	{
		snprintf(name, sizeof(name), "%d", i);
		renamed = rename_new(h->where.parent, h->where.leaf, box, name);
	} while (renamed < 0 && errno == EEXIST && ++i < 1000);
	if (renamed < 0)
		return fail(out, "cannot take \"%s\" away: %s", h->where.leaf, strerror(errno));
	step();
	if (is_still(box, name, h->fd))
		return settle(box, out) && settle(h->where.parent, out);
	/* Not what was looked at, and may be somebody else's. */
	(void) rename_new(box, name, h->where.parent, h->where.leaf);
	return fail(out, "\"%s\" was changed by somebody while it was taken away", h->where.leaf);
}

/* Opens the box, puts the home into it, and closes it. */
static bool
box_up(const home *h, int parent, const char *kind, const task *t, outcome *out)
{
	int			box = -1;
	bool		good = open_box(parent, kind, t, true, &box, out) && put_into(h, box, out);

	if (box >= 0)
		close(box);
	return good;
}

/* ---------------------------------------------------------------------- move */

/* In the home that was moved, from before until it is swept: which of two homes it is. */
static void
marker(const task *t, char *name, size_t size)
{
	snprintf(name, size, OURS "moved-%s", t->id);
}

static bool
is_marked(int fd, const task *t)
{
	char		name[64];
	struct stat st;

	marker(t, name, sizeof(name));
	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Were the home moved and not marked, the next one would move it back. */
static bool
mark(int fd, const task *t, outcome *out)
{
	char		name[64];
	int			file;

	marker(t, name, sizeof(name));
	file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0 && errno != EEXIST)
		return fail(out, "cannot write into the home: %s", strerror(errno));
	if (file >= 0)
		close(file);
	step();
	return settle(fd, out);
}

static bool
unmark(int fd, const task *t, outcome *out)
{
	char		name[64];

	marker(t, name, sizeof(name));
	if (unlinkat(fd, name, 0) < 0 && errno != ENOENT)
		return fail(out, "cannot delete \"%s\": %s", name, strerror(errno));
	step();
	return true;
}

/* Copying takes long, and goes on while mail arrives: that is for somebody who sees to it. */
static bool
fail_to_move(const task *t, const home *old, const home *new, outcome *out)
{
	if (errno != EXDEV)
		return fail(out, "cannot move \"%s\" to \"%s\": %s", old->where.leaf, new->where.leaf, strerror(errno));
	return unmark(old->fd, t, out) &&
		fail(out, "\"%s\" is on another file system, to which nothing is moved: copy it by hand while users.receive is 'defer',"
			 " and then UPDATE mailstack.maildir_tasks SET done_at = now() WHERE id = %s", t->target, t->id);
}

static bool
exchange(const home *old, const home *new)
{
	return renameat2(old->where.parent, old->where.leaf, new->where.parent, new->where.leaf, RENAME_EXCHANGE) == 0;
}

/*
 * Where mail was delivered into a new home meanwhile, the two change places, and
 * the new one is swept from the old place later; or from a box, where the file
 * system cannot exchange them.
 */
static bool
change_places(const task *t, const home *old, home *new, bool *exchanged, outcome *out)
{
	for (;;)
	{
		if (new->fd >= 0)
		{
			*exchanged = exchange(old, new);
			if (*exchanged)
				return true;
			if (!no_such_rename())
				return fail_to_move(t, old, new, out);
			if (!box_up(new, old->where.parent, LATE, t, out))
				return false;
		}
		if (rename_new(old->where.parent, old->where.leaf, new->where.parent, new->where.leaf) == 0)
			return true;
		/* A delivery was quicker. */
		if (errno != EEXIST)
			return fail_to_move(t, old, new, out);
		if (!find_again(new, t, out))
			return false;
	}
}

static void
change_back(const home *old, const home *new, bool exchanged)
{
	if (exchanged)
		(void) exchange(old, new);
	else
		(void) rename_new(new->where.parent, new->where.leaf, old->where.parent, old->where.leaf);
}

static bool
put(const task *t, const home *old, home *new, outcome *out)
{
	bool		exchanged = false;

	if (!change_places(t, old, new, &exchanged, out))
		return false;
	step();
	if (is_still(new->where.parent, new->where.leaf, old->fd))
		return settle(new->where.parent, out) && settle(old->where.parent, out);
	change_back(old, new, exchanged);
	return fail(out, "\"%s\" was changed by somebody while it was moved", old->where.leaf);
}

static bool
lies_inside(const char *path, const char *other)
{
	return strncmp(path, other, strlen(other)) == 0;
}

static bool
move_home(const task *t, home *old, home *new, outcome *out)
{
	if (new->fd >= 0 && is_marked(new->fd, t))
		say(out, "moved before");
	else if (old->fd < 0 && (new->fd >= 0 || make_home(&new->where, t, out)))
		say(out, "nothing was there to be moved");
	else if (old->fd < 0)
		return false;
	else if (mark(old->fd, t, out) && put(t, old, new, out))
		say(out, "moved");
	return !out->failed;
}

static bool
move(int root, const task *t, outcome *out)
{
	home		old = {.where.parent = -1, .fd = -1};
	home		new = {.where.parent = -1, .fd = -1};
	bool		good;

	if (lies_inside(t->maildir, t->target) || lies_inside(t->target, t->maildir))
		return fail(out, "\"%s\" and \"%s\" lie inside one another: to be moved by hand", t->maildir, t->target);
	good = find(root, t->maildir, t, false, &old, out) &&
		find(root, t->target, t, true, &new, out) &&
		move_home(t, &old, &new, out);
	leave(&old);
	leave(&new);
	return good;
}

/* --------------------------------------------------------------------- sweep */

static bool
sweep_box(const task *t, int parent, int main, totals *taken, outcome *out)
{
	char		name[16];
	int			box = -1;
	int			late = -1;
	int			i = 0;
	bool		good = open_box(parent, LATE, t, false, &box, out);

	do
	{
		if (late >= 0)
			close(late);
		late = -1;
		snprintf(name, sizeof(name), "%d", i++);
		good = good && (box < 0 || open_directory(box, name, &late, out)) &&
			(late < 0 || merge_tree(late, main, taken, out));
	} while (good && late >= 0);
	if (late >= 0)
		close(late);
	if (box >= 0)
		close(box);
	return good;
}

static bool
sweep_home(const task *t, const home *late, const home *main, outcome *out)
{
	totals		taken = {0};

	if ((late->fd >= 0 && !merge_tree(late->fd, main->fd, &taken, out)) ||
		(late->where.parent >= 0 && !sweep_box(t, late->where.parent, main->fd, &taken, out)) ||
		!unmark(main->fd, t, out))
		return false;
	say(out, "%lu late files moved", taken.files);
	return true;
}

static bool
sweep(int root, const task *t, outcome *out)
{
	home		late = {.where.parent = -1, .fd = -1};
	home		main = {.where.parent = -1, .fd = -1};
	bool		good = find(root, t->maildir, t, false, &late, out) &&
		find(root, t->target, t, late.fd >= 0, &main, out);

	if (good && main.fd >= 0)
		good = sweep_home(t, &late, &main, out);
	else if (good && late.fd >= 0)
	{
		/* The new home was taken away by hand. */
		good = put(t, &late, &main, out);
		if (good)
			say(out, "moved: it came late");
	}
	else if (good)
		say(out, "nothing is there");
	leave(&late);
	leave(&main);
	return good;
}

/* -------------------------------------------------------------------- retire */

/* For the operator to know; it is kept as well where it cannot be counted. */
static void
say_kept(int fd, outcome *out)
{
	outcome		unseen;
	totals		kept = {0};

	if (count_tree(fd, &kept, &unseen))
		say(out, "kept: %lu files, %llu bytes", kept.files, kept.bytes);
	else
		say(out, "kept: %lu files, %llu bytes, and what was not counted: %s", kept.files, kept.bytes, unseen.text);
}

/* It stays in its place: what is still delivered comes to the rest of it. */
static bool
retire(int root, const task *t, outcome *out)
{
	home		h;
	bool		good = find(root, t->maildir, t, false, &h, out);

	if (good && h.fd < 0)
		say(out, "nothing is there to be kept");
	else if (good)
		say_kept(h.fd, out);
	leave(&h);
	return good;
}

/* --------------------------------------------------------------------- purge */

/* From the last one on: where this is cut off, those before it are still 0 and so on. */
static bool
empty_late(const home *late, int last, const task *t, outcome *out)
{
	home		h = {.where = {.parent = late->fd}};
	bool		good = true;

	for (; good && last >= 0; last--)
	{
		snprintf(h.where.leaf, sizeof(h.where.leaf), "%d", last);
		good = open_directory(late->fd, h.where.leaf, &h.fd, out) &&
			(h.fd < 0 || box_up(&h, late->where.parent, PURGED, t, out));
		if (h.fd >= 0)
			close(h.fd);
	}
	if (good && unlinkat(late->where.parent, late->where.leaf, AT_REMOVEDIR) < 0 && errno != ENOENT)
		good = fail(out, "cannot delete \"%s\": %s", late->where.leaf, strerror(errno));
	return good;
}

/* What was in the way of a move goes with it. */
static bool
purge_late(const task *t, const place *where, outcome *out)
{
	home		late = {.where = *where, .fd = -1};
	char		name[16];
	struct stat st;
	int			n = 0;
	bool		good;

	name_box(LATE, t, late.where.leaf, sizeof(late.where.leaf));
	good = open_box(where->parent, LATE, t, false, &late.fd, out);
	if (late.fd < 0)
		return good;
	do
		snprintf(name, sizeof(name), "%d", n);
	while (good && fstatat(late.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && ++n > 0);
	good = good && empty_late(&late, n - 1, t, out);
	close(late.fd);
	return good;
}

/*
 * All of it but what cannot be undone: nobody releases the maildir any more when
 * this is committed, so that what is taken away then is not forgotten where we
 * are killed over it.
 */
static bool
purge(int root, const task *t, outcome *out)
{
	home		h = {.where.parent = -1, .fd = -1};
	bool		good = (t->target == NULL || sweep(root, t, out)) && find(root, t->maildir, t, false, &h, out);

	if (good)
		say(out, h.fd < 0 ? "nothing is there" : "begun");
	leave(&h);
	return good;
}

static bool
take(int root, const task *t, outcome *out)
{
	home		h = {.where.parent = -1, .fd = -1};
	bool		good = (t->target == NULL || sweep(root, t, out)) &&
		find(root, t->maildir, t, false, &h, out) &&
		(h.fd < 0 || box_up(&h, h.where.parent, PURGED, t, out)) &&
		(h.where.parent < 0 || purge_late(t, &h.where, out));

	if (good)
		say(out, h.fd < 0 ? "nothing was there" : "taken away");
	leave(&h);
	return good;
}

/* -------------------------------------------------------------------- delete */

static bool
delete_trash(const task *t, int parent, int trash, outcome *out)
{
	char		name[64];
	totals		deleted = {0};

	if (!empty_box(trash, t->uid, &deleted, out))
		return false;
	name_box(PURGED, t, name, sizeof(name));
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail(out, "cannot delete \"%s\": %s", name, strerror(errno));
	step();
	say(out, "deleted: %lu files, %llu bytes", deleted.files, deleted.bytes);
	return true;
}

static bool
delete(int root, const task *t, outcome *out)
{
	place		where;
	int			trash = -1;
	bool		good = find_place(root, t->maildir, t, false, &where, out) &&
		(where.parent < 0 || open_box(where.parent, PURGED, t, false, &trash, out));

	if (good && trash < 0)
		say(out, "nothing is left");
	good = good && (trash < 0 || delete_trash(t, where.parent, trash, out));
	if (trash >= 0)
		close(trash);
	leave_place(&where);
	return good;
}

/* ----------------------------------------------------------------------- all */

static const struct
{
	const char *name;
	bool		(*carry_out) (int root, const task *t, outcome *out);
	bool		has_target;
}			actions[] = {
	{"create", create, false},
	{"move", move, true},
	{"sweep", sweep, true},
	{"retire", retire, false},
	{"purge", purge, false},
	{"take", take, false},
	{"delete", delete, false},
};

/*
 * What the database has no business to say.  The number of a task becomes part
 * of names.
 */
static bool
may_be_done(const task *t, bool has_target, outcome *out)
{
	size_t		digits = strspn(t->id, "0123456789");

	if (digits == 0 || digits > 19 || t->id[digits] != '\0')
		return fail(out, "\"%s\" is no number of a task", t->id);
	if (t->uid == 0 || t->gid == 0)
		return fail(out, "this runner does nothing as root's");
	return t->target != NULL || !has_target || fail(out, "this runner moves nothing to nowhere");
}

void
carry_out(int root, const task *t, outcome *out)
{
	size_t		i;

	out->failed = false;
	out->text[0] = '\0';
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
	{
		if (strcmp(actions[i].name, t->action) != 0)
			continue;
		if (may_be_done(t, actions[i].has_target, out))
			actions[i].carry_out(root, t, out);
		return;
	}
	fail(out, "this runner knows no action \"%s\"", t->action);
}
