using Microsoft.OpenApi;

namespace Sandbox.Gateway.OpenApi;

/// <summary>What the calls under <c>/v1</c> take. Members that are not listed are ignored.</summary>
internal static class RequestSchemas
{
    public static OpenApiSchema Create() => Open(
        ("id", Schemas.Text("1 to 40 of a-z, 0-9 and '-'. Left out: the server chooses.")),
        ("token", Schemas.Text("With an id: the secret part of its token, 32 to 128 of A-Z, a-z, 0-9, '_' and '-'. Left out: the server draws it.")),
        ("template", Schemas.Text("Left out: base.")),
        ("start", Schemas.Text("The template's start state that it begins from. `base` has pandas. Left out: the files alone.")),
        ("snapshot", Schemas.Text("The snapshot that it starts from, in place of a template.")),
        ("env", Map("Environment variables of every program.")),
        ("cwd", Schemas.Text("Where programs start. Left out: /home/user.")),
        ("user", Schemas.OneOfTexts("Who programs run as. Left out: user.", "user", "root")),
        ("memoryBytes", Integer("Memory of its programs.")),
        ("diskBytes", Integer("What its files may take.")),
        ("processes", Integer("Processes and threads of one user.")),
        ("idleTimeout", Schemas.Number("Seconds without activity until it ends.")),
        ("onIdle", Schemas.OneOfTexts("What happens then. Left out: delete.", "delete", "suspend")),
        ("lifetime", Schemas.Number("Seconds from creation until it ends.")),
        ("checkpointInterval", Schemas.Number("Seconds between checkpoints that are taken by themselves while something runs or happens in it. Left out: none.")),
        ("keepCheckpoints", Integer("How many checkpoints without a label are kept beside the current one, 1 to 1,000. Left out: all, or 10 with checkpointInterval.")),
        ("keepFiles", Schemas.Boolean("True: each checkpoint has its files beside it as a layer, so that the sandbox can be started with them if it cannot be restored.")),
        ("labels", Map("For lists.")),
        ("keepAlive", Schemas.Boolean("True: no idle timeout.")));

    public static OpenApiSchema Checkpoint() => Open(("label", Schemas.Text("What to call it, up to 128 characters.")));

    public static OpenApiSchema Snapshot() => Open(
        ("name", Schemas.Text("Its name: 1 to 40 of a-z, 0-9 and '-'.")),
        ("labels", Map("For lists: at most 16, of 1,000 bytes together.")),
        ("overwrite", Schemas.Boolean("Whether one of that name is replaced. Left out: false.")),
        ("consistent", Schemas.Boolean("Whether all files are of one moment. Left out: false, so files may change while they are read.")));

    public static OpenApiSchema TemplateBuild() => Open(
        ("recipe", Open(
            ("base", Schemas.Text("A template, or a snapshot. Left out: base.")),
            ("network", Schemas.Boolean("Whether its commands reach the network, which the operator must allow. Left out: false.")),
            ("apt", Texts("Debian packages: names, or absolute paths of files.")),
            ("pip", Texts("Python packages, likewise.")),
            ("npm", Texts("npm packages, likewise, installed for all users.")),
            ("files", new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Description = "What is copied in before anything is installed.",
                Items = Open(("from", Schemas.Text("Below the recipe's folder: relative, without '..'.")), ("to", Schemas.Text("Absolute; what ends with '/' is a directory."))),
            }),
            ("run", new OpenApiSchema { Type = JsonSchemaType.Array, Description = "Commands, one after another.", Items = Schemas.Anything("A command for sh, or an object of command and user.") }),
            ("env", Map("Environment variables of its commands, and of every program of its sandboxes.")),
            ("user", Schemas.OneOfTexts("Who programs of its sandboxes run as. Left out: as in its base.", "user", "root")),
            ("cwd", Schemas.Text("Where programs of its sandboxes start. Left out: as in its base.")),
            ("start", Texts("The program that its start state is taken after, with its arguments.")))),
        ("upload", Schemas.Text("The upload that has the recipe's files.")),
        ("rebuild", Schemas.Boolean("Whether it is built although there is one of the same recipe, base and files. Left out: false.")));

    public static OpenApiSchema Labels() => Open(("labels", Map("All labels that it is to have.")));

    public static OpenApiSchema NewName() => Open(("to", Schemas.Text("The name, which is to be free.")));

    public static OpenApiSchema Restore() => Open(
        ("cold", Schemas.Boolean("Whether it is started with the files beside its checkpoint, without its programs, if that cannot be restored. Left out: false.")));

    public static OpenApiSchema Rewind() => Open(("checkpointId", Schemas.Text("One of the sandbox's checkpoints.")));

    public static OpenApiSchema Fork() => Open(("count", Integer("How many, 1 to 100. Left out: 1.")));

    public static OpenApiSchema Start() => Open(
        ("processId", Schemas.Text("Starting an id twice starts one program. Left out: the server chooses.")),
        ("argv", new OpenApiSchema { Type = JsonSchemaType.Array, Items = Schemas.Text("An argument."), Description = "The program and its arguments." }),
        ("language", Schemas.OneOfTexts("In place of argv, with code. javascript needs a template that has Node.js.", "python", "bash", "javascript")),
        ("code", Schemas.Text("What to run, at most 1 MiB.")),
        ("env", Map("Environment variables beside and over the sandbox's.")),
        ("cwd", Schemas.Text("Where it starts.")),
        ("user", Schemas.OneOfTexts("Who it runs as. Left out: as the sandbox says.", "user", "root")),
        ("stdin", Schemas.Boolean("Whether its input is open. Left out: false.")),
        ("timeout", Schemas.Number("Seconds until it is killed. Left out: none.")),
        ("terminal", Open(
            ("rows", Integer("1 to 1,000. Left out: 24.")),
            ("cols", Integer("1 to 1,000. Left out: 80.")),
            ("term", Schemas.Text("Left out: xterm-256color.")))),
        ("onFull", Schemas.OneOfTexts("What happens when an output log is full. Left out: drop_oldest.", "drop_oldest", "block")),
        ("epoch", Integer("The sandbox's epoch at the first try.")),
        ("timeline", Integer("The sandbox's timeline at the first try.")));

    public static OpenApiSchema Wait() => Open(("timeout", Schemas.Number("Seconds, 0 to 300. Left out: 30.")));

    public static OpenApiSchema Signal() => Open(
        ("signal", Schemas.Anything("A number from 1 to 64, or a name such as TERM.")),
        ("group", Schemas.Boolean("Whether it goes to all that came from the program. Left out: false.")));

    public static OpenApiSchema Input() => Open(
        ("offset", Integer("How many bytes were written before.")), ("data", Schemas.Text("Base64 of at most 65,536 bytes.")));

    public static OpenApiSchema FileChange() => Open(
        ("path", Schemas.Text("Absolute.")),
        ("pathBytes", Schemas.Text("Base64, in place of a path that is no UTF-8.")),
        ("to", Schemas.Text("Of a rename or copy: the new path.")),
        ("toBytes", Schemas.Text("Base64, in place of to.")),
        ("mode", Schemas.Text("Permissions as octal text, such as 0644.")),
        ("parents", Schemas.Boolean("Whether missing directories above are made.")),
        ("recursive", Schemas.Boolean("Of a removal or copy: whether directories go with all they hold.")),
        ("missingIsFine", Schemas.Boolean("Of a removal.")),
        ("keepExisting", Schemas.Boolean("Of a rename or copy: whether what has the new name stays, which is an error then.")),
        ("user", Schemas.OneOfTexts("Who does it. Left out: as the sandbox says.", "user", "root")));

    public static OpenApiSchema EndInput() => Open(("offset", Integer("How many bytes were written.")));

    public static OpenApiSchema Resize() => Open(("rows", Integer("1 to 1,000.")), ("cols", Integer("1 to 1,000.")));

    private static OpenApiSchema Open(params (string Name, IOpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = members.ToDictionary(member => member.Name, member => member.Schema, StringComparer.Ordinal),
    };

    private static OpenApiSchema Texts(string description) =>
        new() { Type = JsonSchemaType.Array, Items = Schemas.Text("A text."), Description = description };

    private static OpenApiSchema Integer(string description) => new() { Type = JsonSchemaType.Integer, Description = description, Minimum = "0" };

    private static OpenApiSchema Map(string description) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
