namespace Sandbox.Gateway.CloudRun.Wire;

/// <summary>What a client sends once its sandbox runs.</summary>
internal abstract record ClientMessage
{
    private const string Languages = "python, bash";

    /// <summary>Run a program.</summary>
    public sealed record Execute(string Language, string Code) : ClientMessage;

    /// <summary>Input of the running program.</summary>
    public sealed record Stdin(string Data) : ClientMessage;

    /// <summary>End the running program.</summary>
    public sealed record KillProcess : ClientMessage;

    /// <summary>Delete the sandbox.</summary>
    public sealed record KillSandbox : ClientMessage;

    /// <summary>Put the sandbox to storage.</summary>
    public sealed record Checkpoint : ClientMessage;

    /// <summary>Keep the sandbox's files under a name.</summary>
    public sealed record SnapshotFilesystem(string Name) : ClientMessage;

    /// <summary>Go on with the output of the program that runs, or that ran last.</summary>
    public sealed record Reconnect : ClientMessage;

    /// <summary>None of these: an error event, behind a status where one fits. The connection stays.</summary>
    public sealed record Wrong(string Message, string? Status = null) : ClientMessage;

    /// <summary>Reads a message. Whatever it is, this answers.</summary>
    public static ClientMessage Read(ReadOnlyMemory<byte> message)
    {
        if (!MessageObject.TryRead(message, out var fields, out var wrong)) return new Wrong(wrong);
        using (fields)
        {
            return Read(fields);
        }
    }

    private static ClientMessage Read(MessageObject fields)
    {
        if (fields.Has("action")) return ReadAction(fields);
        if (fields.Has("event"))
        {
            if (fields.Text("event") is not "stdin") return new Wrong("There is no such event: a client may send 'stdin'.");
            return fields.Text("data") is { } data ? new Stdin(data) : new Wrong("stdin needs 'data', a text.", StatusNames.StdinError);
        }

        if (!fields.Has("language") && !fields.Has("code")) return new Wrong("A message has 'language' and 'code', an 'event' or an 'action'.", StatusNames.ExecutionError);
        if (fields.Text("language") is not { } language || fields.Text("code") is not { } code)
        {
            return new Wrong("An execution needs 'language' and 'code', both texts.", StatusNames.ExecutionError);
        }

        return language is "python" or "bash"
            ? new Execute(language, code)
            : new Wrong($"There is no such language: this server runs {Languages}.", StatusNames.UnsupportedLanguage);
    }

    private static ClientMessage ReadAction(MessageObject fields) => fields.Text("action") switch
    {
        "kill_process" => new KillProcess(),
        "kill_sandbox" => new KillSandbox(),
        "checkpoint" => new Checkpoint(),
        "reconnect" => new Reconnect(),
        "snapshot_filesystem" => fields.Text("name") is { Length: > 0 } name
            ? new SnapshotFilesystem(name)
            : new Wrong("snapshot_filesystem needs 'name', a text.", StatusNames.SnapshotError),
        _ => new Wrong("There is no such action: kill_process, kill_sandbox, checkpoint, snapshot_filesystem and reconnect are."),
    };
}
