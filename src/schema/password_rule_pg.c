/*
 * password_rule_pg.c
 *	  Which passwords may be stored: password_lowest_scheme of settings, and the
 *	  ceilings of what a hash may cost.
 */
#include "schema/rules.h"

#include "schema/new_password.h"
#include "schema/tables.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#define NO_DOMAIN MS_NO_SPAN

/* The log is told of no statement: a hash like this one soon gives the password away. */
static void
refuse_weak(const TriggerData *trigger, const ms_password_rule *rule, const ms_password *password, const ms_key_view *email)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("%s of user \"%s\" is of the scheme %s, which is too weak",
					rule->what, ms_key_to_cstring(email), password->method->name),
			 errdetail("password_lowest_scheme of settings is %s.", ms_settings_get()->password_lowest_scheme),
			 errhint("SELECT mailstack.%s(%s, '...') stores a better one.", rule->function,
					 quote_literal_cstr(ms_key_to_cstring(email))),
			 errtable(trigger->tg_relation), errhidestmt(true), errhidecontext(true)));
}

/* Dovecot's auth computes one hash after the other, so that who stores this one stops the logins of all. */
static void
refuse_excess(const TriggerData *trigger, const ms_password_rule *rule, const ms_password *password,
			  const ms_excess *excess, const ms_key_view *email)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("%s of user \"%s\" takes too long to compute", rule->what, ms_key_to_cstring(email)),
			 errdetail("It is a hash of the scheme %s with %s=" UINT64_FORMAT "; the ceiling is " UINT64_FORMAT ".",
					   password->method->name, excess->name, excess->value, excess->ceiling),
			 errhint("Dovecot computes one hash after the other. SELECT mailstack.%s(%s, '...') stores one that nobody waits for.",
					 rule->function, quote_literal_cstr(ms_key_to_cstring(email))),
			 errtable(trigger->tg_relation), errhidestmt(true), errhidecontext(true)));
}

/* Once for each statement, be it the load of a thousand users. */
static void
warn_of_broken(const ms_password_rule *rule, const ms_password *password, const ms_key_view *email, ms_memo *memo)
{
	if (memo != NULL && ms_memo_find(memo, NO_DOMAIN) != NULL)
		return;
	if (memo != NULL)
		(void) ms_memo_put(memo, NO_DOMAIN, FirstCommandId);
	ereport(WARNING,
			(errmsg("%s of user \"%s\" is of the scheme %s, which is broken",
					rule->what, ms_key_to_cstring(email), password->method->name),
			 errdetail("%s", ms_password_weakness(password)),
			 errhint("SELECT * FROM mailstack.weak_passwords lists all such; %s() stores better ones, "
					 "and password_lowest_scheme of settings refuses these.", rule->function),
			 errhidestmt(true), errhidecontext(true)));
}

bool
ms_password_is_too_weak(const ms_password *password)
{
	const char *lowest = ms_settings_get()->password_lowest_scheme;

	return lowest != NULL && password->method->strength < ms_scheme_find(ms_span_of_text(lowest))->strength;
}

static bool
is_unchanged(const TriggerData *trigger, HeapTuple row, const ms_password_rule *rule)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		!ms_row_is_null(trigger, trigger->tg_trigtuple, rule->column) &&
		ms_span_equal(ms_row_span(trigger, row, rule->column),
					  ms_row_span(trigger, trigger->tg_trigtuple, rule->column));
}

void
ms_check_password(const TriggerData *trigger, HeapTuple row, const ms_password_rule *rule,
				  const ms_key_view *email, ms_memo *memo)
{
	const char *lowest = ms_settings_get()->password_lowest_scheme;
	ms_password password;
	ms_excess	excess;
	ms_fault	fault;

	if (ms_row_is_null(trigger, row, rule->column) || is_unchanged(trigger, row, rule) ||
		!ms_password_parse(ms_row_span(trigger, row, rule->column), &password, &fault))
		return;
	if (ms_password_exceeds(&password, &excess))
		refuse_excess(trigger, rule, &password, &excess, email);
	if (ms_password_is_too_weak(&password))
		refuse_weak(trigger, rule, &password, email);
	if (lowest == NULL && password.method->strength == MS_STRENGTH_BROKEN)
		warn_of_broken(rule, &password, email, memo);
}
