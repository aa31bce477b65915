/*
 * fault_core.c
 *	  The one table that turns a fault into sentences.
 */
#include "base/fault.h"

typedef struct fault_text
{
	const char *rule;
	const char *hint;
} fault_text;

#define HASH_IT "Hash it: SELECT mailstack.set_password('user@example.com', '...'), or \"doveadm pw -s ARGON2ID\"."
#define MAKE_ONE "\"doveadm pw -s SCHEME\" makes one."

static const fault_text fault_texts[MS_FAULT_COUNT] = {
	[MS_FAULT_NONE] = {"There is no fault.", NULL},
	[MS_FAULT_EMPTY] = {"It is empty.", NULL},
	[MS_FAULT_UTF8] = {"The bytes are not valid UTF-8.", NULL},
	[MS_FAULT_CONTROL] = {"A control character is not allowed.", NULL},
	[MS_FAULT_INVISIBLE] = {"An invisible character is not allowed.",
	"Type it again: such characters come along with text copied from a web page or a document."},
	[MS_FAULT_UNASSIGNED] = {"The character is not assigned in this server's version of Unicode.", NULL},
	[MS_FAULT_UNSTABLE] = {"Postfix, which folds case before it looks up, would ask for another address.",
	"Type it again in composed form (NFC)."},

	[MS_FAULT_NO_AT] = {"An address is a local part, an @ and a domain.",
	"Write it as user@example.com."},
	[MS_FAULT_SECOND_AT] = {"There is another @ after this one.",
	"If the address really is so, put its local part into double quotes: \"a@b\"@example.com."},
	[MS_FAULT_NO_LOCAL_PART] = {"Nothing stands before the @.",
	"A catch-all, @example.com, can only stand as an alias."},
	[MS_FAULT_LOCAL_TOO_LONG] = {"The local part has %zu octets; RFC 5321 allows %zu.", NULL},
	[MS_FAULT_ADDRESS_TOO_LONG] = {"The address has %zu octets; RFC 5321 allows %zu.", NULL},
	[MS_FAULT_LOCAL_DOT] = {"A dot may not begin or end the local part, nor follow another dot.",
	"If the address really is so, put its local part into double quotes: \"a..b\"@example.com."},
	[MS_FAULT_LOCAL_CHARACTER] = {"The character is not allowed in a local part outside double quotes.",
	"If the address really is so, put its local part into double quotes: \"a b\"@example.com."},
	[MS_FAULT_QUOTE_OPEN] = {"The double quote that begins the local part is not closed.", NULL},
	[MS_FAULT_QUOTE_END] = {"After the closing double quote must come an @.", NULL},
	[MS_FAULT_NOT_CATCHALL] = {"An alias is an address, or @ and a domain for the catch-all.",
	"Write it as user@example.com or @example.com."},

	[MS_FAULT_NO_DOMAIN] = {"Nothing stands after the @.", NULL},
	[MS_FAULT_DOMAIN_AT] = {"A domain holds no @.", "Give the part after the @ alone."},
	[MS_FAULT_DOMAIN_LITERAL] = {"An address literal in brackets is not a domain.",
	"Use the name of the host."},
	[MS_FAULT_DOMAIN_TOO_LONG] = {"The domain has %zu octets; DNS allows %zu.", NULL},
	[MS_FAULT_DOMAIN_CHARACTER] = {"A domain is made of letters, digits, hyphens and dots.", NULL},
	[MS_FAULT_DOMAIN_NUMERIC] = {"A domain is not made of digits and dots alone.",
	"Use the name of the host: Postfix takes such a name for an IP address."},
	[MS_FAULT_LABEL_EMPTY] = {"A label between two dots, or before or after one, is empty.", NULL},
	[MS_FAULT_LABEL_TOO_LONG] = {"A label has %zu octets; DNS allows %zu.", NULL},
	[MS_FAULT_LABEL_HYPHEN] = {"A label may not begin or end with a hyphen.", NULL},
	[MS_FAULT_IDNA] = {"The domain is not a valid internationalized name (UTS #46, non-transitional).", NULL},

	[MS_FAULT_PATH_NO_COMPONENT] = {"A maildir path has at least one component.", NULL},
	[MS_FAULT_PATH_DOTS] = {"A component may not be \".\" or \"..\".",
	"Write out the directory that is meant: virtual(8) defers all mail to a path with /../ in it."},
	[MS_FAULT_PATH_COMPONENT_TOO_LONG] = {"A component has %zu octets; file systems allow %zu.", NULL},
	[MS_FAULT_PATH_TOO_LONG] = {"The path has %zu octets; %zu are allowed.", NULL},

	[MS_FAULT_NO_SERVICE] = {"A transport begins with the name of a master.cf service.",
	"Write it as service or service:nexthop, for example lmtp:unix:private/dovecot-lmtp."},
	[MS_FAULT_SERVICE_CHARACTER] = {"A service name is made of letters, digits, hyphens, underscores and dots.", NULL},
	[MS_FAULT_SERVICE_TOO_LONG] = {"The service name has %zu octets; %zu are allowed.", NULL},
	[MS_FAULT_TRANSPORT_SPACE] = {"White space is not allowed in a transport.",
	"Postfix takes a blank beside a service for a part of its name, accepts the mail, and defers it for ever."},
	[MS_FAULT_TRANSPORT_TOO_LONG] = {"The transport has %zu octets; %zu are allowed.", NULL},

	[MS_FAULT_RELAYHOST_HOST] = {"A host is made of letters, digits, hyphens and dots, or in brackets an address.",
	"Write it as [mail.example.com]:587, [192.0.2.1], [IPv6:2001:db8::1] or example.com."},
	[MS_FAULT_RELAYHOST_BRACKET] = {"The host ends with its bracket, and only a port may follow.",
	"Write it as [mail.example.com]:587."},
	[MS_FAULT_RELAYHOST_PORT] = {"A port is a number from 1 to 65535, or the name of a service.",
	"Write it as [mail.example.com]:587: without the transport before it that transport(5) has."},

	[MS_FAULT_PASSWORD_EMPTY] = {"It is empty.", "With NULL nobody can log in."},
	[MS_FAULT_PASSWORD_TOO_LONG] = {"It has %zu octets; %zu are allowed.", HASH_IT},
	[MS_FAULT_SCHEME_NONE] = {"A hash begins with its scheme in braces.",
	"If it is a hash, write its scheme before it: {SHA512-CRYPT}$6$... If it is the password itself, set_password() hashes it, as does \"doveadm pw -s ARGON2ID\"."},
	[MS_FAULT_SCHEME_OPEN] = {"The brace before the scheme is not closed.", HASH_IT},
	[MS_FAULT_SCHEME_UNKNOWN] = {"The scheme is not one of Dovecot's.", "\"doveadm pw -l\" lists the schemes."},
	[MS_FAULT_SCHEME_SUFFIX] = {"The encoding behind the scheme is hex, b64 or base64.", "Write it as {SHA512.b64}."},
	[MS_FAULT_SCHEME_PLAIN] = {"The scheme stands for plain text, which is not stored.", HASH_IT},
	[MS_FAULT_SCHEME_ONE_TIME] = {"The scheme stands for one-time passwords, which Dovecot would have to write.", HASH_IT},
	[MS_FAULT_SCHEME_UNSAFE] = {"The scheme is older than those that are safe to store, and Dovecot 2.4 has given it up.", HASH_IT},
	[MS_FAULT_HASH_PREFIX] = {"The hash does not begin as hashes of its scheme do.", MAKE_ONE},
	[MS_FAULT_HASH_ARGON2] = {"It is a hash of Argon2, which crypt(3) does not know.", "Write it as {ARGON2ID}$argon2id$... or {ARGON2I}$argon2i$..."},
	[MS_FAULT_HASH_FORM] = {"The hash goes on otherwise than hashes of its scheme do.", MAKE_ONE},
	[MS_FAULT_HASH_CHARACTER] = {"The character is not one of those that the hash is made of.", MAKE_ONE},
	[MS_FAULT_HASH_PARAMETER] = {"A number belongs here, within the bounds of the scheme.", MAKE_ONE},
	[MS_FAULT_HASH_PADDING] = {"The base64 is not whole.", MAKE_ONE},
	[MS_FAULT_HASH_SHORT] = {"The hash ends too early.", "Was it cut off where it was stored before? " MAKE_ONE},
	[MS_FAULT_HASH_LONG] = {"The hash ends here, and more follows.", MAKE_ONE},
	[MS_FAULT_HASH_OCTETS] = {"The hash has %zu octets; its scheme has %zu.", MAKE_ONE},
	[MS_FAULT_HASH_SALT] = {"The hash and its salt have %zu octets; the hash alone has %zu.", MAKE_ONE},
};

const char *
ms_fault_rule(ms_fault_code code)
{
	return fault_texts[code].rule;
}

const char *
ms_fault_hint(ms_fault_code code)
{
	return fault_texts[code].hint;
}
