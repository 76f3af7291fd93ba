"""What a plugin of one file hands over wrongly; as in `one_file`: name, source, cause, remedy."""

from __future__ import annotations

from .one_file import DOUBLE, HERE, JOB, VIEW, field, hook, kind, pages, returned

MISUSES = [
    (
        "a dict of kinds",
        returned("return {'tea': 1}"),
        "returned str, expected Kind",
        "Correct the file",
    ),
    (
        "the class of a kind",
        returned("return [Kind]"),
        "returned type, expected Kind",
        "Correct the file",
    ),
    ("no list of kinds", returned("return 7"), "'int' object is not iterable", "Correct the file"),
    (
        "a kind with an argument that there is not",
        kind(", colour=1"),
        "unexpected keyword argument 'colour'",
        "Correct the file",
    ),
    (
        "a kind with a name of two words",
        kind(name='"Thé vert"'),
        "its name needs 2 to 40 of a-z",
        "a letter first",
    ),
    ("a kind with a number for a name", kind(name="3"), "its name needs 2 to 40 of a-z", "Correct"),
    (
        "a kind with another schedule",
        kind(", schedule='always'"),
        "schedule='always'",
        "one of none, optional, required",
    ),
    (
        "a kind with another side",
        kind(", sides=('offers',)"),
        "sides=('offers',) is not",
        '("offer",), ("request",) or both',
    ),
    ("a kind with a side in words", kind(", sides='offer'"), "sides='offer' is not", "or both"),
    ("a kind without sides", kind(", sides=()"), "sides=() is not", "or both"),
    (
        "a kind with an object for a schema",
        kind("()"),
        "is not a class made from marshmallow.Schema",
        "Correct",
    ),
    (
        "a kind with a word for a workflow",
        kind(", 'open'"),
        "workflow='open' is not a Workflow",
        "Correct",
    ),
    ("a kind without words", kind(", plural=None"), "plural=None is not", "a string"),
    (
        "a kind with children that nobody reads",
        kind(", moderation='never'"),
        'moderation="never"',
        "needs with_children=False",
    ),
    (
        "a kind with an unknown icon",
        kind(", icon='kettle'", at_hook=True),
        "icon='kettle'",
        "take one of",
    ),
    (
        "a kind twice",
        kind(at_hook=True) + "    yield Kind('tea', 'Tea', Tea)\n",
        "'tea' is declared by probe already",
        "Choose another name",
    ),
    (
        "a field without a mark",
        field("leaf = String()"),
        "the field leaf of Tea (kind tea) is not classified",
        "Wrap it in public()",
    ),
    (
        "a field that nobody reads",
        field('leaf = sealed(String(), label="L", category="health", purpose="x")'),
        "no page of this release shows",
        "mark it staff() or parties()",
    ),
    (
        "a Float",
        field('leaf = public(upstream.Float(), label="L")'),
        "is a Float",
        "Write fields.Decimal",
    ),
    (
        "a DateTime",
        field('leaf = public(upstream.DateTime(), label="L")'),
        "is a DateTime",
        "Write a fields.Date",
    ),
    (
        "a Dict",
        field('leaf = public(upstream.Dict(), label="L")'),
        "is a Dict",
        "one field for each part",
    ),
    (
        "a Nested",
        field('leaf = public(upstream.Nested(Schema), label="L")'),
        "is a Nested",
        "one field for each part",
    ),
    (
        "a federated name that cannot travel",
        field('âge = public(fields.Integer(), label="Age")', ", federated=True"),
        "its name cannot travel",
        "Rename it",
    ),
    (
        "a federated text that is too long",
        field(
            'leaf = public(String(validate=validate.Length(max=18000)), label="L")',
            ", federated=True",
        ),
        "cannot travel",
        "Give validate=validate.Length",
    ),
    (
        "a name for the core",
        field('locals()["$x"] = public(String(), label="L")').replace(HERE, ""),
        "begins with $",
        "Rename it",
    ),
    (
        "a rule about the core",
        returned('yield Rule("directory.publish")', "register_rules()"),
        "about things of others",
        "begin with 'probe.'",
    ),
    (
        "a rule without a point",
        hook('yield Rule("publish")', "register_rules()"),
        "its action is the plugin's name, a point and a verb",
        "like toys.lend",
    ),
    (
        "a relation of one",
        hook('yield Rule("probe.see", relation=lambda actor: True)', "register_rules()"),
        "is not a function of a member and a subject",
        "Correct",
    ),
    (
        "a label of another",
        returned('yield Scope("thief:read", "x")', "register_labels()"),
        "names begin with the plugin's own",
        "probe:read",
    ),
    (
        "a label without words",
        hook('yield Scope("probe:read", "")', "register_labels()"),
        "is no words",
        '_("…")',
    ),
    (
        "a label twice",
        returned('yield from [Scope("probe:read", "x")] * 2', "register_labels()"),
        "is declared twice",
        "Take one out",
    ),
    (
        "a schema of settings that is a dict",
        returned("return {}", "register_settings()"),
        "returned dict, expected SchemaMeta",
        "Correct",
    ),
    (
        "a route without a permission",
        pages(f'@pages.get("/x")  {HERE}\ndef look():\n    return "x"'),
        "the route probe.look says nothing",
        'Add @permission("...")',
    ),
    (
        "a route that nobody may open",
        pages(
            VIEW.format('"probe.see"', "")
            .replace("@pages", "@pages")
            .replace('get("/x")', f'get("/x")  {HERE}')
        ),
        "no rule permits 'probe.see'",
        "from register_rules",
    ),
    (
        "an async view",
        pages(VIEW.format("None", "async ").replace('get("/x")', f'get("/x")  {HERE}')),
        "is an async function",
        "Write a plain one",
    ),
    (
        "a view twice",
        pages(DOUBLE)
        .replace("    yield pages", "    yield pages")
        .replace("@pages.get('/y'", "@pages.get('/y'"),
        "overwriting an existing endpoint",
        "Correct",
    ),
    (
        "code before every page",
        pages("@pages.before_app_request\ndef look():\n    pass", at_hook=True),
        "adds to before_request_funcs of the whole site",
        "Use the blueprint's own",
    ),
    (
        "words in every template",
        pages("@pages.app_context_processor\ndef look():\n    return {}", at_hook=True),
        "adds to template_context_processors",
        "or a hook",
    ),
    (
        "a blueprint with a point",
        hook("yield __import__('flask').Blueprint('a.b', __name__)", "register_blueprints()"),
        "may not contain a dot",
        "Correct",
    ),
    (
        "a class for a blueprint",
        returned("return [object]", "register_blueprints()"),
        "returned type, expected Blueprint",
        "Correct",
    ),
    (
        "pages of a resource",
        hook("yield ApiResource(__import__('flask').Blueprint('x', 'x'))", "register_api()"),
        "is no blueprint of resources",
        "from entraide import ApiBlueprint",
    ),
    (
        "a job without a function",
        hook('yield Job("probe.x", None, 60)', "register_jobs()"),
        "function=None is not a function",
        "Correct",
    ),
    (
        "a job of the core's name",
        returned(JOB.format('"outbox.sweep"', 60), "register_jobs()"),
        "another job is called 'outbox.sweep'",
        "Call it probe.",
    ),
    (
        "a function for a command",
        returned("return [print]", "register_commands()"),
        "returned builtin_function_or_method, expected Command",
        "Correct",
    ),
]
