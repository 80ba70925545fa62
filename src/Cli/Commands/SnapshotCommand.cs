using System.CommandLine;
using Sandboxes.Cli.Connection;
using Sandboxes.Cli.Files;
using Sandboxes.Cli.Printing;
using Sandboxes.Cli.Terminal;

namespace Sandboxes.Cli.Commands;

/// <summary>sandbox snapshot create|ls|info|label|rename|rm|export|import</summary>
internal static class SnapshotCommand
{
    public static Command Define() => new("snapshot", "Snapshots: named filesystems that new sandboxes start from (create --snapshot NAME).")
    {
        DefineCreate(), DefineList(), DefineInfo(), DefineLabel(), DefineRename(), DefineRemove(), DefineExport(), DefineImport(),
    };

    private static Command DefineCreate()
    {
        var id = new Argument<string>("id") { Description = "The sandbox's id." };
        var (name, label, overwrite, json) = (Name(), Labels(), Overwrite(), JsonOption.New());
        var consistent = new Option<bool>("--consistent") { Description = "All files of one moment: a copy of the sandbox in which nothing runs is walked." };
        var command = new Command("create", "Takes a snapshot of a sandbox's files; its programs go on. What changed meanwhile goes to standard error.")
        {
            id, name, label, overwrite, consistent, json,
        };
        var server = ServerOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var sandbox = await client.AttachAsync(parsed.GetRequiredValue(id), server.Token(parsed), wake: true, cancellationToken);
            var taken = await sandbox.SnapshotAsync(
                parsed.GetRequiredValue(name), Pairs.Of(parsed.GetValue(label), "--label"), parsed.GetValue(overwrite), parsed.GetValue(consistent), cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(taken) : taken.Snapshot.Name);
            if (parsed.GetValue(json)) return 0;
            foreach (var path in taken.Changed) await Console.Error.WriteLineAsync($"changed meanwhile: {Printable.Text(path)}");
            foreach (var path in taken.LeftOut) await Console.Error.WriteLineAsync($"left out: {Printable.Text(path)}");
            return 0;
        });
        return command;
    }

    private static Command DefineList()
    {
        var (label, json) = (Labels(), JsonOption.New());
        var command = new Command("ls", "Lists snapshots.") { label, json };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var snapshots = new List<Snapshot>();
            await foreach (var snapshot in client.ListSnapshotsAsync(Pairs.Of(parsed.GetValue(label), "--label"), cancellationToken)) snapshots.Add(snapshot);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json.Document(new { snapshots }));
                return 0;
            }

            var table = new Table("SNAPSHOT", "CREATED", "SIZE", "LAYERS", "PARENT");
            foreach (var snapshot in snapshots)
                table.Add(snapshot.Name, snapshot.Created.ToString("yyyy-MM-dd HH:mm:ss'Z'"), ByteSize.Format(snapshot.Bytes), $"{snapshot.LayerCount}", snapshot.Parent ?? "");
            Console.WriteLine(table);
            return 0;
        });
        return command;
    }

    private static Command DefineInfo()
    {
        var (name, json) = (Name(), JsonOption.New());
        var command = new Command("info", "Shows a snapshot with its layers.") { name, json };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            Show(await client.GetSnapshotAsync(parsed.GetRequiredValue(name), cancellationToken), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static Command DefineLabel()
    {
        var (name, label, json) = (Name(), Labels(), JsonOption.New());
        var command = new Command("label", "Gives a snapshot other labels in the place of all that it has.") { name, label, json };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var labels = Pairs.Of(parsed.GetValue(label), "--label") ?? new Dictionary<string, string>();
            Show(await client.LabelSnapshotAsync(parsed.GetRequiredValue(name), labels, cancellationToken), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static Command DefineRename()
    {
        var name = Name();
        var to = new Argument<string>("to") { Description = "The name that it gets, which is to be free." };
        var command = new Command("rename", "Gives a snapshot another name; what stands on it goes on standing on it.") { name, to };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            Console.WriteLine((await client.RenameSnapshotAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(to), cancellationToken)).Name);
            return 0;
        });
        return command;
    }

    private static Command DefineRemove()
    {
        var name = Name();
        var cascade = new Option<bool>("--cascade") { Description = "The snapshots that stand on it go too." };
        var command = new Command("rm", "Deletes a snapshot that nothing depends on.") { name, cascade };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            await client.DeleteSnapshotAsync(parsed.GetRequiredValue(name), parsed.GetValue(cascade), cancellationToken);
            return 0;
        });
        return command;
    }

    private static Command DefineExport()
    {
        var name = Name();
        var file = new Argument<string>("file") { Description = "Where to, a tar of an OCI image layout; - for standard output." };
        var command = new Command("export", "Writes a snapshot as an OCI image layout, which skopeo and umoci read (oci-archive:FILE).") { name, file };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            var path = parsed.GetRequiredValue(file);
            if (path == "-")
            {
                await client.ExportSnapshotAsync(parsed.GetRequiredValue(name), StandardStream.Output, cancellationToken);
                return 0;
            }

            // Under its name only when it is whole.
            var temporary = path + ".part";
            try
            {
                await using (var to = new FileStream(temporary, FileMode.Create, FileAccess.Write)) await client.ExportSnapshotAsync(parsed.GetRequiredValue(name), to, cancellationToken);
                File.Move(temporary, path, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }

            return 0;
        });
        return command;
    }

    private static Command DefineImport()
    {
        var file = OciFile.Argument();
        var (name, label, overwrite, json) = (Name(), Labels(), Overwrite(), JsonOption.New());
        var command = new Command("import", "Makes a snapshot of an OCI image.") { name, file, label, overwrite, json };
        var server = ServerOptions.AddTo(command, takesToken: false);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var client = await server.ConnectAsync(parsed, cancellationToken);
            await using var from = OciFile.Open(parsed.GetRequiredValue(file));
            using var bar = new ProgressBar(Path.GetFileName(parsed.GetRequiredValue(file)));
            var snapshot = await client.ImportSnapshotAsync(
                parsed.GetRequiredValue(name), from, Pairs.Of(parsed.GetValue(label), "--label"), parsed.GetValue(overwrite), bar.Show, cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? Json.Document(new { snapshot }) : snapshot.Name);
            return 0;
        });
        return command;
    }

    private static void Show(Snapshot snapshot, bool json) => Console.WriteLine(json ? Json.Document(new { snapshot }) : string.Join('\n', Lines(snapshot)));

    private static IEnumerable<string> Lines(Snapshot snapshot)
    {
        yield return $"name       {snapshot.Name}";
        yield return $"created    {snapshot.Created:u}";
        yield return $"size       {ByteSize.Format(snapshot.Bytes)} beside the template's, {snapshot.LayerCount} layer{(snapshot.LayerCount == 1 ? "" : "s")}";
        if (snapshot.Parent is { } parent) yield return $"parent     {parent}";
        foreach (var (name, value) in snapshot.Labels) yield return $"label      {Printable.Text($"{name}={value}")}";
        if (snapshot.Layers is not { Count: > 0 } layers) yield break;
        var table = new Table("LAYER", "SIZE", "UNPACKED");
        foreach (var layer in layers) table.Add(layer.DiffId, ByteSize.Format(layer.Bytes), ByteSize.Format(layer.UnpackedBytes));
        yield return "";
        yield return table.ToString();
    }

    private static Argument<string> Name() => new("name") { Description = "The snapshot's name: 1 to 40 of a-z, 0-9 and '-'." };

    private static Option<string[]> Labels() => new("--label", "-l") { Description = "NAME=VALUE to find it by; may be repeated." };

    private static Option<bool> Overwrite() => new("--overwrite") { Description = "Replaces one of that name." };
}
