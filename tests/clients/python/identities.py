import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
iam = boto3.client("iam", endpoint_url=endpoint)
sts = boto3.client("sts", endpoint_url=endpoint)
account = sts.get_caller_identity()["Account"]


def document(effect, action, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, **more}]})


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return error.response["Error"]["Message"]
    raise AssertionError("not refused: " + code)


user = iam.create_user(UserName="bob", Path="/staff/", Tags=[{"Key": "team", "Value": "red"}])["User"]
iam.get_waiter("user_exists").wait(UserName="bob")
key = iam.create_access_key(UserName="bob")["AccessKey"]
as_bob = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
arn = as_bob.client("sts", endpoint_url=endpoint).get_caller_identity()["Arn"]
assert arn == user["Arn"] == f"arn:aws:iam::{account}:user/staff/bob"

policy = iam.create_policy(
    PolicyName="assume", PolicyDocument=document("Allow", "sts:AssumeRole", Resource=f"arn:aws:iam::{account}:role/*")
)["Policy"]
iam.attach_user_policy(UserName="bob", PolicyArn=policy["Arn"])
trust = document(
    "Allow",
    ["sts:AssumeRole", "sts:TagSession"],
    Principal={"AWS": user["Arn"]},
    Condition={"StringEquals": {"sts:ExternalId": "42"}},
)
role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust, MaxSessionDuration=7200)["Role"]
assert role["AssumeRolePolicyDocument"] == json.loads(trust)
iam.put_role_policy(
    RoleName="reader", PolicyName="read", PolicyDocument=document("Allow", "iam:List*", Resource="*")
)

bob_sts = as_bob.client("sts", endpoint_url=endpoint)
refused("AccessDenied", bob_sts.assume_role, RoleArn=role["Arn"], RoleSessionName="s1")
session = bob_sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s1", ExternalId="42", DurationSeconds=7200)
credentials = session["Credentials"]
as_reader = boto3.Session(
    aws_access_key_id=credentials["AccessKeyId"],
    aws_secret_access_key=credentials["SecretAccessKey"],
    aws_session_token=credentials["SessionToken"],
)
reader = as_reader.client("iam", endpoint_url=endpoint)
assert [found["UserName"] for found in reader.list_users(PathPrefix="/staff/")["Users"]] == ["bob"]
message = refused("AccessDenied", reader.delete_user, UserName="bob")
assert "assumed-role/reader/s1 is not authorized to perform: iam:DeleteUser" in message, message

results = iam.simulate_principal_policy(
    PolicySourceArn=role["Arn"], ActionNames=["iam:ListUsers", "iam:DeleteUser"]
)["EvaluationResults"]
assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]

names = [policy["PolicyName"] for page in iam.get_paginator("list_policies").paginate(Scope="AWS") for policy in page["Policies"]]
assert "AdministratorAccess" in names and len(names) > 1000
refused("DeleteConflict", iam.delete_user, UserName="bob")
print("ok")
