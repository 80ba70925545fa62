using Sandbox.Silo.Hosting;

return args switch
{
    ["serve", .. var rest] => await ServeCommand.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: Sandbox.Silo serve [--port PORT] [--data DIR] [--SECTION:NAME VALUE]...");
    return 2;
}
